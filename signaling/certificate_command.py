"""``counter certificate``: the office's own certificates, and revoking one of them."""

import argparse
import asyncio
import datetime as dt
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from casework.ports import Entry
from casework.signing.authority import Authority
from casework.signing.certificates import REASONS, Identity, Revoked
from casework.signing.trust import Known
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_revoked import SqlRevokedStore
from casework.verify import read_verdicts
from protocol.settings import read_settings
from signaling.engines import master_key, open_database
from signaling.exit_codes import Exit
from signaling.own_revocations import open_keys
from signaling.settings import PREFIX, Settings

BY = "operator"


def add_certificate_command(commands: Any) -> None:
    """Add the command and its three words."""
    words = certificate.__doc__
    parsed = commands.add_parser("certificate", help=words, description=words)
    parsed.set_defaults(do=certificate)
    doing = parsed.add_subparsers(dest="doing", required=True)
    said = "print the embedded keys' certificates, or those of the signatures of a PDF"
    shown = doing.add_parser("show", help=said, description=said)
    shown.add_argument("file", nargs="?", help="a signed PDF")
    said = "print the embedded root (PEM), for counter verify --root and COUNTER_ROOTS"
    doing.add_parser("root", help=said, description=said)
    said = "revoke a certificate that our own authority issued; there is no way back"
    gone = doing.add_parser("revoke", help=said, description=said)
    gone.add_argument("serial", help="its number in hexadecimal, as show prints it")
    gone.add_argument("--reason", required=True, choices=REASONS)
    said = "since when it is not believed, such as 2026-11-20T08:00+08:00; else now"
    gone.add_argument("--since", type=_moment, help=said)


def certificate(arguments: argparse.Namespace) -> int:
    """Show the office's certificates, print its root, or revoke one of them."""
    if arguments.doing == "show" and arguments.file:
        return _show_pdf(Path(arguments.file))
    settings = read_settings(Settings, PREFIX, os.environ)
    return asyncio.run(_with_keys(settings, arguments))


async def _with_keys(settings: Settings, arguments: argparse.Namespace) -> int:
    async with AsyncExitStack() as closing:
        master = master_key(settings.data / "keys")
        engine = await open_database(settings, closing)
        if arguments.doing == "revoke":
            store = SqlCaseStore(engine, master)
            return await _revoke(store, arguments)
        authority = await open_keys(settings, engine, master)
        if arguments.doing == "root":
            print(_pem(authority.root), end="")
            return 0
        gone = {one.serial: one for one in await SqlRevokedStore(engine).all()}
        _show_own(authority)
        for one in gone.values():
            at = dt.datetime.fromtimestamp(one.at, dt.UTC)
            print(f"{one.serial:x}  revoked {at:%Y-%m-%d %H:%M} UTC  {one.reason}")
    return 0


async def _revoke(store: SqlCaseStore, arguments: argparse.Namespace) -> int:
    try:
        serial = int(arguments.serial.replace(":", ""), 16)
    except ValueError:
        serial = 0
    if serial <= 0:
        print("counter: a serial number is hexadecimal, as show prints it")
        return Exit.FAILED
    now = time.time()
    since = arguments.since.timestamp() if arguments.since else now
    if since > now:
        print("counter: --since lies in the future")
        return Exit.FAILED
    one = Revoked(serial, since, arguments.reason)
    if not await SqlRevokedStore(store.engine).add(one):
        print("counter: it was revoked before; nothing was changed")
        return Exit.FAILED
    facts = {"serial": f"{serial:x}", "reason": one.reason, "since": f"{since:.0f}"}
    entry = Entry(kind="certificate-revoked", at=now, by=BY, facts=facts)
    await store.append(entry)
    print(f"{serial:x} is revoked; a running server knows it within a minute. If it is")
    print("the seal's, restart the server: it makes itself a new one.")
    return 0


def _show_own(authority: Authority) -> None:
    own = {"root": authority.root, "seal": authority.seal, "time": authority.time}
    for name, identity in own.items():
        if identity is not None:
            found = x509.load_der_x509_certificate(identity.certificate)
            print(_row(name, found))


def _show_pdf(path: Path) -> int:
    verdicts = read_verdicts(path.read_bytes(), Known(()))
    if isinstance(verdicts, str):
        print(f"counter: {path} cannot be read: {verdicts}")
        return Exit.FAILED
    for one in verdicts:
        print(_row(one.field, x509.load_der_x509_certificate(one.certificate)))
    return 0


def _row(name: str, found: x509.Certificate) -> str:
    subject, ends = found.subject.rfc4514_string(), found.not_valid_after_utc
    return (
        f"{found.serial_number:x}  {name}  {subject}  until {ends:%Y-%m-%d %H:%M} UTC"
    )


def _pem(identity: Identity) -> str:
    found = x509.load_der_x509_certificate(identity.certificate)
    return found.public_bytes(Encoding.PEM).decode()


def _moment(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
