"""What is promised about papers, part after part: ``make bench NAME=documents``.

``ARGS="--photos DIR --mrz DIR"`` adds real photographs and real specimens; without
them their promises are told as missing. ``--only`` measures some parts alone.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

from bench.report import Promise, quick, tell
from document_capture.threads import use_one_thread

Part = Callable[[argparse.Namespace], list[Promise]]


def files(_: argparse.Namespace) -> list[Promise]:
    """Strangers' files and PDFs for the archive."""
    from bench import files as part  # noqa: PLC0415  # in the process that measures

    return part.promises()


def pages(asked: argparse.Namespace) -> list[Promise]:
    """Where the page lies in a picture."""
    from bench import pages as part  # noqa: PLC0415

    return part.measure(asked.photos, asked.desks, asked.page_model)


def gate(_: argparse.Namespace) -> list[Promise]:
    """Whether a page can be read, and what cleaning makes of it."""
    from bench import gate as part  # noqa: PLC0415

    return part.promises()


def reading(asked: argparse.Namespace) -> list[Promise]:
    """Print, zones, codes."""
    from bench import reading as part  # noqa: PLC0415

    return part.promises(asked.mrz)


def transfer(_: argparse.Namespace) -> list[Promise]:
    """From the shutter to the clerk."""
    from bench import transfer as part  # noqa: PLC0415

    return part.transfer_promises()


STAGES: Sequence[Mapping[str, Part]] = (
    {"files": files},
    {"reading": reading, "pages": pages, "gate": gate},
    {"transfer": transfer},
)
"""Parts of one stage count only processor time. A short run measures two of them at
once; the other stages also look at the clock, and have the machine for themselves."""


def measured(
    asked: argparse.Namespace, stages: Sequence[Mapping[str, Part]], pool: Executor
) -> list[Promise]:
    """Return the promises of all parts that are asked for, in their order."""
    promises: list[Promise] = []
    for stage in stages:
        wanted = {name: part for name, part in stage.items() if name in asked.only}
        begun = {name: pool.submit(part, asked) for name, part in wanted.items()}
        for name, part in begun.items():
            promises += part.result()
            print(f"  … {name}", file=sys.stderr, flush=True)
    return promises


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    names = [name for stage in STAGES for name in stage]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="photographs with corners.json")
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--page-model", type=Path, help="of bench.train_pages")
    parser.add_argument("--mrz", type=Path, help="papers with zones, truth.json")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    return parser.parse_args(argv)


def main() -> int:
    """Measure what is asked for, and tell all of it in one table or one object."""
    asked = read_arguments()
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        2 if quick() else 1, fresh, initializer=use_one_thread
    ) as pool:
        promises = measured(asked, STAGES, pool)
    return tell("documents", promises)


if __name__ == "__main__":
    sys.exit(main())
