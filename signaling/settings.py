"""Everything an operator of the server can set; nothing needs to be."""

import dataclasses
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from casework.errors import Unreadable
from casework.ports import Clock
from protocol.settings import BadSetting
from signaling.cosigner import read_cosigners
from signaling.turn import SHORTEST_SECRET, Relays, read_urls

PREFIX = "COUNTER_"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WORKERS_BY_DEFAULT = 8
"""One media worker per core, but not more than these unless somebody asks."""
LAST_PORT = 65535
KEY = re.compile(r"[0-9a-fA-F]{64}")
"""A public key of 32 bytes in hexadecimal."""


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
    face_models: str = "var/face"
    services_dir: str = "services"
    pages_dir: str = "agent_desk/dist"
    phone_dir: str = "web/phone/dist"
    licence_dir: str = "web/licence-check/dist"
    verify_dir: str = "web/verify/dist"
    database_url: str = ""
    redis_url: str = ""
    objects_url: str = ""
    witness_url: str = ""
    witnesses: str = ""
    checkpoint_seconds: float = 60.0
    evidence_hours: float = 4.0
    media_host: str = ""
    media_port: int = 40000
    media_workers: int = 0
    media_control: str = ""
    metrics_token: str = dataclasses.field(default="", repr=False)
    turn_urls: str = ""
    turn_secret: str = dataclasses.field(default="", repr=False)
    turn_minutes: float = 60.0
    demo: bool = False
    session_hours: float = 8.0
    office: str = "示范市市场监督管理局"
    escrow_key: str = ""
    tsa_urls: str = dataclasses.field(default="", repr=False)
    tsa_roots: str = ""
    crls: str = ""
    trust_lists: str = ""
    roots: str = ""
    seal_file: str = ""
    seal_password_file: str = ""
    issuer_file: str = ""
    issuer_password_file: str = ""
    sm2_file: str = ""
    sm2_roots: str = ""
    sm2_crls: str = ""

    def check(self) -> None:
        """Raise ``BadSetting`` for combinations that would be unsafe."""
        reached_by = {self.host, urlsplit(self.url).hostname}
        if self.demo and not reached_by <= LOOPBACK:
            raise BadSetting(
                "COUNTER_DEMO: demo accounts have no password, so they exist only "
                "where COUNTER_HOST and COUNTER_PUBLIC_URL are 127.0.0.1"
            )
        if read_urls(self.turn_urls) and len(self.turn_secret) < SHORTEST_SECRET:
            raise BadSetting(
                f"COUNTER_TURN_SECRET: {SHORTEST_SECRET} characters or more, the "
                "same as in the relay's file"
            )
        if self.escrow_key and not KEY.fullmatch(self.escrow_key):
            raise BadSetting(
                "COUNTER_ESCROW_KEY: 64 hexadecimal digits, as counter strokes --new "
                "prints them"
            )
        try:
            read_cosigners(self.witnesses)
        except Unreadable as error:
            raise BadSetting(
                "COUNTER_WITNESSES: an address, a blank, and the key that counter "
                "witness prints; commas between witnesses"
            ) from error
        if self.media_workers < 0:
            raise BadSetting("COUNTER_MEDIA_WORKERS: 0 is one per core")
        if self.media_port + self.workers - 1 > LAST_PORT:
            raise BadSetting(
                "COUNTER_MEDIA_PORT: every media worker needs a port of its own, "
                f"and there are {self.workers}"
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
    def witness(self) -> str:
        """The URL or folder of the witness: one of this machine unless one is set."""
        return self.witness_url or str(self.data / "witness")

    @property
    def workers(self) -> int:
        """How many media workers there are."""
        cores = os.cpu_count() or 1
        return self.media_workers or min(cores, WORKERS_BY_DEFAULT)

    @property
    def controls(self) -> list[Path]:
        """The unix socket of each media worker, in their order."""
        folder = Path(self.media_control or self.data / "run")
        return [folder / f"media-{number}.sock" for number in range(self.workers)]

    @property
    def journals(self) -> Path:
        """The folder of the recording journals."""
        return self.data / "journal"

    def relays(self, clock: Clock) -> Relays:
        """Return the relays that legs may use."""
        return Relays(
            urls=read_urls(self.turn_urls),
            secret=self.turn_secret,
            minutes=self.turn_minutes,
            clock=clock,
        )

    @property
    def url(self) -> str:
        """The address that browsers use, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
