"""Everything an operator of the server can set; nothing needs to be."""

import dataclasses
from pathlib import Path
from urllib.parse import urlsplit

from protocol.settings import BadSetting

PREFIX = "COUNTER_"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field per variable: ``port`` is ``COUNTER_PORT``.

    ``docs/settings.md`` describes each field; a test compares the two.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    data_dir: str = "var/data"
    fonts_dir: str = "var/fonts"
    services_dir: str = "services"
    pages_dir: str = "agent_desk/dist"
    database_url: str = ""
    redis_url: str = ""
    objects_url: str = ""
    media_host: str = ""
    media_port: int = 40000
    media_control: str = ""
    demo: bool = False
    session_hours: float = 8.0
    office: str = "示范市市场监督管理局"

    def check(self) -> None:
        """Raise ``BadSetting`` for combinations that would be unsafe."""
        reached_by = {self.host, urlsplit(self.url).hostname}
        if self.demo and not reached_by <= LOOPBACK:
            raise BadSetting(
                "COUNTER_DEMO: demo accounts have no password, so they exist only "
                "where COUNTER_HOST and COUNTER_PUBLIC_URL are 127.0.0.1"
            )

    @property
    def data(self) -> Path:
        """The folder of everything that must survive."""
        return Path(self.data_dir)

    @property
    def database(self) -> str:
        """The database's URL; a file in the data folder unless one is set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'counter.db'}"

    @property
    def objects(self) -> str:
        """The object store's URL or folder."""
        return self.objects_url or str(self.data / "objects")

    @property
    def control(self) -> Path:
        """The unix socket of the media worker."""
        return Path(self.media_control or self.data / "run" / "media.sock")

    @property
    def journals(self) -> Path:
        """The folder of the recording journals."""
        return self.data / "journal"

    @property
    def url(self) -> str:
        """The address that browsers use, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
