"""``counter dossier``: makes a dossier on the office's own machine, films too."""

import argparse
import asyncio
import errno
import getpass
import os
import sys
from pathlib import Path
from typing import Any

from casework.errors import CaseworkError
from casework.numbers import read_number
from protocol.settings import read_settings
from protocol.texts import text
from signaling.exit_codes import Exit
from signaling.language_option import add_language
from signaling.services import open_proofs
from signaling.settings import PREFIX, Settings

FILE_MODE = 0o600


def add_dossier_command(commands: Any) -> None:
    """Add the command and what it takes."""
    words = dossier.__doc__
    parsed = commands.add_parser("dossier", help=words, description=words)
    parsed.set_defaults(do=dossier)
    parsed.add_argument("number", help="the acceptance number")
    parsed.add_argument("--films", action="store_true", help="with the films, in clear")
    said = "who makes it, for the log; your name on this machine if not given"
    parsed.add_argument("--by", default="", help=said)
    parsed.add_argument("--out", default="dossier.zip", help="the dossier to write")
    add_language(parsed)


def dossier(arguments: argparse.Namespace) -> int:
    """Make the dossier of a case from the server's data; --films puts films in."""
    settings = read_settings(Settings, PREFIX, os.environ)
    settings.check()
    try:
        data = asyncio.run(_made(arguments, settings))
    except CaseworkError as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.FAILED
    handle = os.open(arguments.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    print(arguments.out)
    return 0


async def _made(arguments: argparse.Namespace, settings: Settings) -> bytes:
    if Path(arguments.out).exists():
        raise FileExistsError(
            errno.EEXIST, "there is such a file already", arguments.out
        )
    by = arguments.by or f"command {getpass.getuser()}"
    async with open_proofs(settings) as (cases, evidence):
        # Told by its witness since when it is away, the log may refuse.
        await evidence.witnessing.round(evidence.clock.now())
        case = await cases.ledger.store.numbered(read_number(arguments.number))
        return await evidence.dossiers.make(case, by, films=arguments.films)
