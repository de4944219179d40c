"""``counter face-models``: takes the networks that compare faces out of a package."""

import argparse
import sys
from pathlib import Path

from document_capture.face_models import BadPackage, import_models
from protocol.texts import text
from signaling.exit_codes import Exit
from signaling.language_option import add_language


def add_face_models_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command and what it takes."""
    words = face_models.__doc__
    parsed = commands.add_parser("face-models", help=words, description=words)
    parsed.set_defaults(do=face_models)
    parsed.add_argument("package", help="faceplugin-face-recognition-js-0.0.1.tgz")
    said = "COUNTER_FACE_MODELS and TERMINAL_FACE_MODELS"
    parsed.add_argument("--folder", default="var/face", help=said)
    add_language(parsed)


def face_models(arguments: argparse.Namespace) -> int:
    """Take the networks that compare faces out of their npm package, by digest."""
    try:
        import_models(Path(arguments.package), Path(arguments.folder))
    except BadPackage as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.NOT_GOOD
    print(arguments.folder)
    return Exit.OK
