import pytest

from counter_client.settings import Settings as TerminalSettings
from protocol.settings import BadSetting, read_settings
from signaling.settings import Settings


def test_an_unknown_setting_stops_the_start_with_its_name() -> None:
    with pytest.raises(BadSetting, match="COUNTER_PROT is not a setting"):
        read_settings(Settings, "COUNTER_", {"COUNTER_PROT": "1"})


def test_values_have_the_type_of_their_field() -> None:
    env = {"COUNTER_PORT": "9000", "COUNTER_DEMO": "true", "HOME": "x"}

    settings = read_settings(Settings, "COUNTER_", env)

    assert (settings.port, settings.demo) == (9000, True)
    with pytest.raises(BadSetting, match="COUNTER_PORT"):
        read_settings(Settings, "COUNTER_", {"COUNTER_PORT": "many"})
    with pytest.raises(BadSetting, match="true or false"):
        read_settings(Settings, "COUNTER_", {"COUNTER_DEMO": "maybe"})


def test_demo_accounts_exist_only_on_loopback() -> None:
    with pytest.raises(BadSetting, match="no password"):
        Settings(demo=True, host="0.0.0.0").check()


def test_a_camera_is_simulated_a_number_or_a_device() -> None:
    with pytest.raises(BadSetting, match="TERMINAL_CAMERA"):
        TerminalSettings(camera="holiday.jpg").check()


def test_every_media_worker_has_a_socket_of_its_own() -> None:
    settings = Settings(media_workers=3, data_dir="d")

    assert [str(one) for one in settings.controls] == [
        f"d/run/media-{number}.sock" for number in range(3)
    ]


def test_there_is_at_least_one_media_worker_and_not_too_many_unasked() -> None:
    assert 1 <= Settings().workers <= 8
    assert Settings(media_workers=20).workers == 20


@pytest.mark.parametrize(
    "wrong", [Settings(media_workers=-1), Settings(media_port=65535, media_workers=2)]
)
def test_workers_that_cannot_be_are_refused(wrong: Settings) -> None:
    with pytest.raises(BadSetting, match="COUNTER_MEDIA_"):
        wrong.check()
