"""``counter printer``: faults on command at our own printer, to practise with."""

import argparse
import sys
import urllib.error
import urllib.request

from signaling.exit_codes import Exit


def suffer(arguments: argparse.Namespace) -> int:
    """Have our own printer out of paper, jammed, open, without power, or well again."""
    url = f"http://127.0.0.1:{arguments.port}/faults"
    request = urllib.request.Request(
        url, data=arguments.fault.encode("ascii", "replace")
    )  # this machine, over http
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # as above
            print(answer.read(40).decode())
    except urllib.error.HTTPError as error:
        print(f"counter: one of {error.read(200).decode()}", file=sys.stderr)
        return Exit.FAILED
    except OSError:
        print(f"counter: no printer of ours on port {arguments.port}", file=sys.stderr)
        return Exit.FAILED
    return 0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of ``counter``."""
    words = suffer.__doc__
    parsed = commands.add_parser("printer", help=words, description=words)
    parsed.set_defaults(do=suffer)
    said = "paper-out, jam, door, tray-full, power-cut, or well"
    parsed.add_argument("fault", help=said)
    parsed.add_argument("--port", type=int, default=8631, help="of the printer")
