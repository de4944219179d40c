"""``counter audit``: compares two saved checkpoints of one evidence log."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import aiohttp

from casework.checks import Check
from casework.errors import CaseworkError, Unreadable
from casework.evidence import read_checkpoint
from casework.log_proofs import Consistency, audited, read_consistency, signed_note
from casework.verify_dossier import checkpoint_of
from protocol.texts import text
from signaling.bodies import read_answer
from signaling.exit_codes import Exit
from signaling.language_option import add_language
from signaling.verify_pdf_command import line

LARGEST: Final = 64 * 1024
PATIENCE: Final = 30.0
"""Seconds for an answer of the server."""


def add_audit_command(commands: Any) -> None:
    """Add the command and what it takes."""
    words = audit.__doc__
    parsed = commands.add_parser("audit", help=words, description=words)
    parsed.set_defaults(do=audit)
    said = "a checkpoint that you saved (URL/log/checkpoint), or a dossier"
    parsed.add_argument("old", help=said)
    said = "a newer one; the server's own of now if not given"
    parsed.add_argument("new", nargs="?", default="", help=said)
    said = "the log's public key, 64 hexadecimal digits"
    parsed.add_argument("--key", required=True, help=said)
    said = "the office's address, to ask for the proof"
    parsed.add_argument("--server", default="", help=said)
    said = "a proof that was saved (URL/log/consistency?first=...&second=...)"
    parsed.add_argument("--proof", default="", help=said)
    parsed.add_argument("--save", default="", help="where to keep the newer checkpoint")
    add_language(parsed)


def audit(arguments: argparse.Namespace) -> int:
    """Check that a log only grew between two checkpoints that somebody saved."""
    try:
        checks = asyncio.run(_checked(arguments))
    except CaseworkError as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.NOT_GOOD
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"{arguments.server}: {type(error).__name__}") from error
    for check in checks:
        print(line(check, arguments.language))
    good = all(check.holds for check in checks)
    print("GOOD" if good else "NOT GOOD")
    return 0 if good else Exit.NOT_GOOD


async def _checked(arguments: argparse.Namespace) -> list[Check]:
    public, server = _key(arguments.key), arguments.server.rstrip("/")
    old = _read(Path(arguments.old))
    if arguments.new:
        new = _read(Path(arguments.new))
    else:
        new = signed_note((await _asked(f"{server}/log/checkpoint")).decode())
    if arguments.save:
        Path(arguments.save).write_text(new, "utf-8")
    sizes = [_size(one, public) for one in (old, new)]
    if not all(sizes) or sizes[0] >= sizes[1]:  # nothing to prove, or not provable
        return audited([old, new], public, Consistency(0, 0, []))
    if arguments.proof:
        data = Path(arguments.proof).read_bytes()
    else:
        query = f"first={sizes[0]}&second={sizes[1]}"
        data = await _asked(f"{server}/log/consistency?{query}")
    return audited([old, new], public, read_consistency(data))


def _key(said: str) -> bytes:
    try:
        return bytes.fromhex(said)
    except ValueError as error:
        raise Unreadable("key") from error


def _read(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(b"PK"):
        return checkpoint_of(data)[1]
    return signed_note(data.decode("utf-8", "replace"))


def _size(note: str, public: bytes) -> int:
    try:
        return read_checkpoint(note, public).size
    except Unreadable:
        return 0


async def _asked(url: str) -> bytes:
    limit = aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session,
        session.get(url) as answer,
    ):
        return await read_answer(answer.content, LARGEST)
