"""``counter witness``: a witness of other offices' evidence logs.

It belongs on a machine that the office does not govern. It needs nothing of ours but
this program: no database, no settings, no key of the office.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.cosignature import NAME
from casework.stores.witness import ObjectWitness
from casework.witness_book import LARGEST, WitnessBook
from signaling.exit_codes import Exit
from signaling.system_clock import SystemClock

KEY_MODE: Final = 0o600
_PUBLIC: Final = 32


def add_witness_command(commands: Any) -> None:
    """Add the command and what it takes."""
    words = witness.__doc__
    parsed = commands.add_parser("witness", help=words, description=words)
    parsed.set_defaults(do=witness)
    said = "its name in signatures, best its address: witness.example.org"
    parsed.add_argument("--name", required=True, help=said)
    said = "the log key of an office that it watches (hexadecimal); may be repeated"
    parsed.add_argument("--watch", action="append", required=True, help=said)
    parsed.add_argument("--folder", default="witness", help="its key, what it has seen")
    parsed.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parsed.add_argument("--port", type=int, default=8070)


def witness(arguments: argparse.Namespace) -> int:
    """Cosign the checkpoints of other offices' logs, as long as these only grow."""
    try:
        watched = [bytes.fromhex(one) for one in arguments.watch]
    except ValueError:
        watched = [b""]
    if any(len(one) != _PUBLIC for one in watched) or not NAME.fullmatch(
        arguments.name
    ):
        said = "--watch is 64 hexadecimal digits, --name has no blanks and no plus"
        print(f"counter: {said}", file=sys.stderr)
        return Exit.BAD_SETTING
    folder = Path(arguments.folder)
    logs = {one: ObjectWitness(str(folder / one.hex()), one) for one in watched}
    signer = _signer(folder / "witness.key")
    book = WitnessBook(logs, arguments.name, signer, SystemClock())
    web.run_app(
        make_app(book),
        host=arguments.host,
        port=arguments.port,
        access_log=None,
        # Said once it listens: whoever waits for the key need not wait again.
        print=lambda _banner: print(f"key {book.key}", flush=True),
    )
    return 0


def make_app(book: WitnessBook) -> web.Application:
    """Return the witness's HTTP server (C2SP ``tlog-witness``)."""

    async def add_checkpoint(request: web.Request) -> web.Response:
        found = await book.add(await request.read())
        kind = found.media_type
        return web.Response(status=found.status, text=found.body, content_type=kind)

    async def key(_request: web.Request) -> web.Response:
        return web.Response(text=f"{book.key}\n")

    app = web.Application(client_max_size=LARGEST)
    app.router.add_post("/add-checkpoint", add_checkpoint)
    app.router.add_get("/key", key)
    return app


def _signer(path: Path) -> Ed25519PrivateKey:
    """Return the witness's own key; made on the first start, for its eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
        with os.fdopen(handle, "w") as file:
            made = Ed25519PrivateKey.generate()
            file.write(made.private_bytes_raw().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    raw = bytes.fromhex(path.read_text("ascii").strip())
    return Ed25519PrivateKey.from_private_bytes(raw)
