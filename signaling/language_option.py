"""``--language``, the same in every command."""

import argparse

from protocol.states import Language

LANGUAGES = [language.value for language in Language]


def add_language(parser: argparse.ArgumentParser) -> None:
    """Let ``parser`` take the language in which a command tells what it found."""
    parser.add_argument(
        "--language", default="en", choices=LANGUAGES, help="of what is told"
    )
