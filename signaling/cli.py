"""The ``counter`` command: one program for every process, and the tools around them."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from casework.checks import Check
from casework.errors import BadItem, CaseworkError
from casework.licence_code import PREFIX as LICENCE_CODE
from document_capture.threads import use_one_thread
from protocol.settings import BadSetting, read_settings
from protocol.texts import text
from signaling import printer_command
from signaling.audit_command import add_audit_command
from signaling.certificate_command import add_certificate_command
from signaling.dossier_command import add_dossier_words, checks_of
from signaling.embedded import EngineFailed
from signaling.exit_codes import Exit
from signaling.face_models_command import add_face_models_command
from signaling.language_option import add_language
from signaling.make_dossier_command import add_dossier_command
from signaling.media.port import own_addresses
from signaling.media.recorder import run_until_stopped
from signaling.server import make_app
from signaling.services import open_recorder
from signaling.settings import PREFIX, Settings
from signaling.stack import CannotStart, Plan, running
from signaling.strokes_command import add_strokes_command
from signaling.turn import read_urls, relay_configuration
from signaling.verify_command import PICTURES, licence_checks
from signaling.verify_pdf_command import (
    add_pdf_options,
    line,
    newer_lists,
    sm2_known,
    verify_pdf_file,
)
from signaling.witness_command import add_witness_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=arguments.log.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    # What pyHanko warns of is a finding, and is told as one.
    logging.getLogger("pyhanko").setLevel(logging.ERROR)
    commands = {
        "run": run,
        "server": server,
        "media": media,
        "recorder": recorder,
        "terminal": terminal,
        "journey": journey,
        "verify": verify,
        "capture": capture,
        "turn-config": turn_config,
    }
    try:
        return (arguments.do or commands[arguments.command])(arguments)
    except (BadSetting, BadItem) as error:
        print(f"counter: {error}", file=sys.stderr)
        return Exit.BAD_SETTING
    except (CannotStart, EngineFailed) as error:
        print(f"counter: {error}", file=sys.stderr)
        return Exit.CANNOT_START
    except FileNotFoundError as error:
        print(
            f"counter: {error.filename or error} is not there; run make setup",
            file=sys.stderr,
        )
        return Exit.CANNOT_START
    except OSError as error:
        print(f"counter: {error.strerror or error}", file=sys.stderr)
        return Exit.CANNOT_START
    except KeyboardInterrupt:
        print("counter: stopped", file=sys.stderr)
        return Exit.STOPPED


def run(arguments: argparse.Namespace) -> int:
    """Start everything on this machine with embedded engines; Ctrl-C stops it."""
    plan = Plan(
        folder=Path(arguments.folder),
        port=arguments.port,
        terminal_port=arguments.terminal_port,
        printer_port=arguments.printer_port,
        media_port=arguments.media_port,
        say=lambda line: print(f"  ✓ {line}", flush=True),
    )
    return asyncio.run(_run(plan))


async def _run(plan: Plan) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with running(plan):
        print(_addresses(plan), flush=True)
        await stopping.wait()
        print("\n  stopping ...", flush=True)
    print("  stopped; everything is kept in", plan.folder)
    return Exit.OK


def _addresses(plan: Plan) -> str:
    return f"""
The Smart Counter runs. Open in a browser on this machine:

  be the clerk        {plan.desk_url}    choose "Clerk": somebody already waits
  be the applicant    {plan.counter_url}         your own camera, simulated papers
  print the licence   {plan.window_url}   acceptance number and release code
  approve, supervise  {plan.desk_url}    choose another demo account

Demo accounts have no password and exist only on this machine. Certificates come
from a development authority: nothing here is legally binding. Logs are in
{plan.folder / "log"}. Ctrl-C stops everything."""


def _settings() -> Settings:
    settings = read_settings(Settings, PREFIX, os.environ)
    settings.check()
    return settings


def server(_arguments: argparse.Namespace) -> int:
    """Serve the HTTP API, the sockets, the queue and the pages of the desk."""
    use_one_thread()  # calls go first
    settings = _settings()
    app = make_app(settings)
    web.run_app(
        app,
        host=settings.host,
        port=settings.port,
        print=None,
        access_log=None,
        shutdown_timeout=2,
    )
    return Exit.OK


def media(arguments: argparse.Namespace) -> int:
    """Forward encoded media over one UDP port, and journal it; one per core."""
    words = ["--worker", str(arguments.worker), "--log", arguments.log]
    command = [sys.executable, "-m", "signaling.media", *words]
    os.execv(sys.executable, command)  # noqa: S606  # our own module takes over


def recorder(_arguments: argparse.Namespace) -> int:
    """Turn journals of finished calls into sealed WebM recordings."""
    settings = _settings()

    async def work() -> None:
        async with open_recorder(settings) as found:
            await run_until_stopped(found)

    asyncio.run(work())
    return Exit.OK


def terminal(_arguments: argparse.Namespace) -> int:
    """Run the agent of one Smart Counter or Citizen's Window (TERMINAL_ settings)."""
    command = [sys.executable, "-m", "counter_client"]
    os.execv(sys.executable, command)  # noqa: S606  # our own module takes over


def journey(arguments: argparse.Namespace) -> int:
    """Play the whole journey with nobody there, and say how long each step took."""
    from signaling.journey import play  # noqa: PLC0415  # needs what tests install

    report = asyncio.run(play(Path(arguments.folder), quiet=arguments.json))
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    return Exit.OK


def turn_config(_arguments: argparse.Namespace) -> int:
    """Print the relay's configuration (coturn) for COUNTER_TURN_URLS."""
    settings = _settings()
    hosts = settings.media_host
    workers = hosts.split(",") if hosts else own_addresses()
    urls = read_urls(settings.turn_urls)
    print(relay_configuration(urls, settings.turn_secret, workers), end="")
    return Exit.OK


def capture(arguments: argparse.Namespace) -> int:
    """Make a PDF of photographs and files of papers, and print what is on them."""
    from signaling.capture_command import capture as work  # noqa: PLC0415  # networks

    return work(arguments)


def verify(arguments: argparse.Namespace) -> int:
    """Check a dossier, a PDF with --root, or a licence's code with --codes, offline."""
    try:
        if arguments.file.startswith(LICENCE_CODE):
            checks = licence_checks(arguments, arguments.file.encode())
            return _told(checks, arguments.language)
        data = Path(arguments.file).read_bytes()
        if data.startswith(b"%PDF-"):
            checks = verify_pdf_file(arguments, data)
            if arguments.codes:
                checks += licence_checks(arguments, data)
        elif data.startswith(PICTURES):
            checks = licence_checks(arguments, data)
        else:
            given, cosigners = newer_lists(arguments), arguments.witness_key
            keys, witness, sm2 = arguments.keys, arguments.witness, sm2_known(arguments)
            checks = checks_of(data, keys, witness, cosigners, given, sm2)
    except CaseworkError as error:
        print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
        return Exit.NOT_GOOD
    return _told(checks, arguments.language)


def _told(checks: list[Check], language: str) -> int:
    for check in checks:
        print(line(check, language))
    good = all(check.holds for check in checks)
    print("GOOD" if good else "NOT GOOD")
    return Exit.OK if good else Exit.NOT_GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counter", description=__doc__)
    parser.add_argument("--log", default="info", help="debug, info or warning")
    parser.set_defaults(do=None)
    commands = parser.add_subparsers(dest="command", required=True)
    started = commands.add_parser("run", help=run.__doc__, description=run.__doc__)
    started.add_argument("--folder", default="var", help="where everything is kept")
    started.add_argument("--port", type=int, default=8080, help="of the desk")
    started.add_argument("--terminal-port", type=int, default=8090)
    started.add_argument("--printer-port", type=int, default=8631)
    started.add_argument("--media-port", type=int, default=40000, help="UDP")
    for command in (server, media, recorder, terminal, turn_config):
        name, words = command.__name__.replace("_", "-"), command.__doc__
        parsed = commands.add_parser(name, help=words, description=words)
        if command is media:
            said = "which of the media workers, from 0"
            parsed.add_argument("--worker", type=int, default=0, help=said)
    played = commands.add_parser(
        "journey", help=journey.__doc__, description=journey.__doc__
    )
    played.add_argument("--folder", default="var/journey", help="where results lie")
    played.add_argument("--json", action="store_true", help="print one JSON object")
    taken = commands.add_parser(
        "capture", help=capture.__doc__, description=capture.__doc__
    )
    taken.add_argument("files", nargs="+", help="JPEG, PNG, HEIC or PDF")
    taken.add_argument("--out", default="captured.pdf", help="the PDF to write")
    taken.add_argument("--black", action="store_true", help="black and white")
    add_language(taken)
    taken.add_argument("--page-model", help="a network of python -m bench.train_pages")
    printer_command.add_to(commands)
    add_strokes_command(commands)
    add_certificate_command(commands)
    add_dossier_command(commands)
    add_face_models_command(commands)
    add_audit_command(commands)
    add_witness_command(commands)
    _add_verify(commands)
    return parser


def _add_verify(commands: Any) -> None:
    checked = commands.add_parser(
        "verify", help=verify.__doc__, description=verify.__doc__
    )
    checked.add_argument(
        "file",
        help="a dossier (.zip), a signed PDF, or a licence's QR code: text or picture",
    )
    add_pdf_options(checked)
    checked.add_argument("--codes", help="the office's published keys of codes")
    checked.add_argument("--withdrawn", help="its list of withdrawn licences")
    checked.add_argument("--keys", default="", help="fingerprint of the office's keys")
    add_language(checked)
    add_dossier_words(commands, checked)


if __name__ == "__main__":
    sys.exit(main())
