"""What ``counter`` does with a dossier: check it, or take something out of it."""

import argparse
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from casework.checks import Check
from casework.errors import CaseworkError, NotFound
from casework.redact import redact as without
from casework.signing.sm2_lines import Sm2Known
from casework.stores.witness import witness_name
from casework.verify import signatures_of
from casework.verify_beside import sm2_of_dossier
from casework.verify_dossier import (
    checkpoint_of,
    key_fingerprint,
    verify_dossier,
    withheld,
    witnesses,
)
from protocol.texts import text
from signaling.exit_codes import Exit
from signaling.language_option import add_language


def checks_of(
    data: bytes,
    keys: str,
    witness: str,
    cosigners: Collection[str] = (),
    lists: tuple[bytes, ...] = (),
    sm2: Sm2Known | None = None,
) -> list[Check]:
    """Return every check of a dossier, also against what others say.

    ``keys`` is the fingerprint that the office publishes, ``witness`` a copy of the
    witness's folder or the one checkpoint that it gave; both may be empty. Each of
    ``cosigners`` is the key of a witness that must have cosigned. ``lists`` are newer
    revocation lists (DER). Under the roots of ``sm2`` whoever made the SM2 signatures
    must stand; without, it is only looked at of which papers they are.
    """
    checks = verify_dossier(data, partial(signatures_of, lists=lists))
    if sm2 is not None and sm2.roots:
        checks += sm2_of_dossier(data, sm2)
    found = key_fingerprint(data)
    if keys:
        checks.insert(0, Check("check-keys", found, found == keys.lower()))
    else:
        print(f"keys {found}: compare with what the office publishes")
    if witness:
        checks.append(_witnessed(data, Path(witness)))
    named = witnesses(data)
    for one in cosigners:
        checks.append(Check("check-witness-key", one, one in named))
    for one in named:
        if one not in cosigners:
            print(f"witness {one}: compare with what the witness publishes")
    for one in withheld(data):
        print(f"withheld: {one}")
    return checks


def _witnessed(data: bytes, witness: Path) -> Check:
    size, note = checkpoint_of(data)
    path = witness / witness_name(size) if witness.is_dir() else witness
    try:
        same = path.read_text("utf-8") == note
    except (OSError, UnicodeError):
        return Check("check-witness", str(size), False, "not there")
    return Check("check-witness", str(size), same)


def redact(arguments: argparse.Namespace) -> int:
    """Take files or facts out of a dossier; the rest still proves itself."""
    data = Path(arguments.file).read_bytes()
    try:
        left = without(data, arguments.withhold, arguments.fact)
    except NotFound as error:
        print(f"counter: nothing to withhold is called {error}", file=sys.stderr)
        return Exit.NOT_GOOD
    except CaseworkError as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.NOT_GOOD
    Path(arguments.out).write_bytes(left)
    for one in withheld(left):
        print(f"withheld: {one}")
    print(arguments.out)
    return 0


def add_dossier_words(commands: Any, verify: argparse.ArgumentParser) -> None:
    """Add ``counter redact`` to the commands, and a witness to ``verify``."""
    verify.add_argument("--witness", default="", help="a witness's folder, or its note")
    said = "the key of a witness that must have cosigned a dossier; may be repeated"
    verify.add_argument("--witness-key", action="append", default=[], help=said)
    words = redact.__doc__
    parsed = commands.add_parser("redact", help=words, description=words)
    parsed.set_defaults(do=redact)
    parsed.add_argument("file", help="a dossier (.zip)")
    parsed.add_argument("--out", default="redacted.zip", help="the dossier to write")
    add_language(parsed)
    listed = {"action": "append", "default": []}
    said = "a file, or a pattern: 'materials/identity/*'"
    parsed.add_argument("--withhold", metavar="FILE", help=said, **listed)
    said = "a fact, from every entry: by (who did it)"
    parsed.add_argument("--fact", metavar="NAME", help=said, **listed)
