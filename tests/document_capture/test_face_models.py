"""The package with the networks: theirs by digest, or nothing."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_capture import face_models
from document_capture.face_models import (
    FINDS,
    INSIDE,
    PINNED,
    BadPackage,
    NoModels,
    digest_of,
    import_models,
    models_in,
    read_model,
)
from signaling.cli import main


def a_package(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as package:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.type = len(data), kind
            package.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return small networks, which are the pinned ones as long as the test runs."""
    files = {name: f"network {name}".encode() for name in PINNED}
    for name, data in files.items():
        digest = hashlib.sha256(data).hexdigest()
        monkeypatch.setitem(PINNED, name, digest)
    return files


def inside(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{INSIDE}{name}": data for name, data in files.items()}


def test_the_command_takes_the_networks_and_nothing_else(
    ours: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "p.tgz"
    more = {"package/README.md": b"hello", "package/model/fr_age.onnx": b"age"}
    package.write_bytes(a_package(more | inside(ours)))
    folder = tmp_path / "face"

    assert main(["face-models", str(package), "--folder", str(folder)]) == 0

    assert {one.name for one in folder.iterdir()} == set(PINNED)
    assert read_model(folder, FINDS) == ours[FINDS]
    package.write_bytes(b"no package")
    assert main(["face-models", str(package), "--folder", str(folder)]) == 4
    assert "faceplugin" in capsys.readouterr().err


def test_one_network_that_is_another_and_none_is_taken(
    ours: dict[str, bytes], tmp_path: Path
) -> None:
    package = tmp_path / "p.tgz"
    package.write_bytes(a_package(inside(ours | {FINDS: b"another"})))

    with pytest.raises(BadPackage):
        import_models(package, tmp_path / "face")

    assert not (tmp_path / "face").exists()


@pytest.mark.parametrize("where", ["", "../", "package/model/../model/", "/"])
def test_a_network_elsewhere_in_the_package_is_not_taken(
    ours: dict[str, bytes], where: str
) -> None:
    files = {f"{where}{name}": data for name, data in ours.items()}

    with pytest.raises(BadPackage):
        models_in(io.BytesIO(a_package(files)))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_what_is_no_file_is_not_read(ours: dict[str, bytes], kind: bytes) -> None:
    with pytest.raises(BadPackage):
        models_in(io.BytesIO(a_package(dict.fromkeys(inside(ours), b""), kind)))


def test_a_package_that_unpacks_without_end_is_left(
    ours: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_models, "LARGEST_CONTENT", 1000)
    bomb = {"package/large": bytes(2000)} | inside(ours)

    with pytest.raises(BadPackage, match="too large"):
        models_in(io.BytesIO(a_package(bomb)))


@given(st.binary(max_size=2000))
def test_bytes_of_strangers_are_told_to_be_no_package(data: bytes) -> None:
    for tried in (data, gzip.compress(data)):
        with pytest.raises(BadPackage):
            models_in(io.BytesIO(tried))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_package_with_one_wrong_byte_is_none(place: int, byte: int) -> None:
    whole = a_package(inside({name: b"x" for name in PINNED}))
    broken = bytearray(whole)
    broken[place % len(broken)] = byte

    with pytest.raises(BadPackage):
        models_in(io.BytesIO(bytes(broken)))


def test_a_network_that_is_not_there_or_too_large_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoModels):
        read_model(tmp_path, FINDS)

    with (tmp_path / FINDS).open("wb") as file:
        file.truncate(face_models.LARGEST_MODEL + 1)
    with pytest.raises(NoModels):
        read_model(tmp_path, FINDS)


def test_the_digest_of_several_does_not_hang_on_their_order() -> None:
    assert digest_of(sorted(PINNED)) == digest_of(sorted(PINNED, reverse=True))
