"""Everything an installer can set on a terminal."""

import dataclasses
from pathlib import Path

from counter_client.camera_settings import (
    AUTO,
    Controls,
    read_crop,
    read_size,
    read_step,
)
from protocol.settings import BadSetting

PREFIX = "TERMINAL_"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field per variable: ``port`` is ``TERMINAL_PORT``.

    ``docs/settings.md`` describes each field; a test compares the two.
    """

    server_url: str = "http://127.0.0.1:8080"
    port: int = 8090
    name: str = "Smart Counter 1"
    data_dir: str = "var/terminal"
    fonts_dir: str = "var/fonts"
    face_models: str = "var/face"
    pages_dir: str = "counter_client/ui/dist"
    enrol_code: str = dataclasses.field(default="", repr=False)
    camera: str = "simulated"
    camera_size: str = "1920x1440"
    camera_focus: str = AUTO
    camera_exposure: str = AUTO
    camera_crop: str = ""
    page_model: str = ""
    scanner: str = ""
    sticks_dir: str = "/media"
    tray_camera: str = ""
    printer_url: str = ""
    printer_port: int = 8631
    simulated_applicant: bool = False
    thinks: float = 1.0

    def check(self) -> None:
        """Raise ``BadSetting`` for values that cannot work."""
        if self.camera != "simulated" and not _is_device(self.camera):
            raise BadSetting("TERMINAL_CAMERA: simulated, a number, or /dev/video0")
        if self.tray_camera and not _is_device(self.tray_camera):
            raise BadSetting("TERMINAL_TRAY_CAMERA: a number, or /dev/video2")
        if self.tray_camera and self.tray_camera == self.camera:
            raise BadSetting(
                "TERMINAL_TRAY_CAMERA: another camera than TERMINAL_CAMERA"
            )
        self.camera_controls  # noqa: B018  # reading it is the check
        if self.scanner.startswith("-"):
            raise BadSetting("TERMINAL_SCANNER: auto, or a name from scanimage -L")

    @property
    def camera_controls(self) -> Controls:
        """What is asked of the document camera; raises ``BadSetting``."""
        return Controls(
            size=read_size(self.camera_size),
            focus=read_step("TERMINAL_CAMERA_FOCUS", self.camera_focus),
            exposure=read_step("TERMINAL_CAMERA_EXPOSURE", self.camera_exposure),
            crop=read_crop(self.camera_crop),
        )

    @property
    def data(self) -> Path:
        """The folder of the device key, the print journal and the tray."""
        return Path(self.data_dir)

    @property
    def tray(self) -> Path:
        """Where our own printer lays its sheets."""
        return self.data / "tray"

    @property
    def origin(self) -> str:
        """The address of the terminal's own page; nothing else may talk to it."""
        return f"http://127.0.0.1:{self.port}"


def _is_device(name: str) -> bool:
    return name.isdigit() or name.startswith("/dev/")
