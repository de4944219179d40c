"""``counter strokes``: the holder of the escrow key reads how a name was written."""

import argparse
import os
import sys
from pathlib import Path

from casework.errors import CaseworkError
from casework.signing.escrow import new_key
from casework.signing.iso19794 import record
from casework.verify_dossier import read_strokes
from protocol.texts import text
from signaling.exit_codes import Exit
from signaling.language_option import add_language

KEY_MODE = 0o600


def add_strokes_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command and what it takes."""
    words = strokes.__doc__
    parsed = commands.add_parser("strokes", help=words, description=words)
    parsed.set_defaults(do=strokes)
    parsed.add_argument("dossier", nargs="?", help="a dossier (.zip)")
    parsed.add_argument("--signer", default="", help="whose, where several signed")
    parsed.add_argument("--key", required=True, help="file with the escrow key")
    parsed.add_argument("--new", action="store_true", help="make the key first")
    parsed.add_argument("--out", default="strokes.sdi", help="ISO/IEC 19794-7 record")
    add_language(parsed)


def strokes(arguments: argparse.Namespace) -> int:
    """Write the strokes of a dossier as ISO/IEC 19794-7; --new makes an escrow key."""
    if arguments.new:
        print(f"COUNTER_ESCROW_KEY={_make_key(Path(arguments.key))}")
    if not arguments.dossier:
        return 0
    try:
        key = bytes.fromhex(Path(arguments.key).read_text("ascii").strip())
        dossier = Path(arguments.dossier).read_bytes()
        drawn = read_strokes(dossier, key, arguments.signer)
        made = record(drawn)
    except CaseworkError as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.FAILED
    except ValueError:
        print(f"counter: {text('unreadable', arguments.language)}", file=sys.stderr)
        return Exit.FAILED
    Path(arguments.out).write_bytes(made)
    print(arguments.out)
    return 0


def _make_key(path: Path) -> str:
    """Write a private key that nobody else may read; return the public half."""
    private, public = new_key()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    with os.fdopen(handle, "w") as file:
        file.write(private.hex() + "\n")
    return public.hex()
