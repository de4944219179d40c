"""How every benchmark tells its result: a table, or exactly one JSON object."""

import os
import platform
import sys

import msgspec


class Promise(msgspec.Struct):
    """One promise, what was measured, and what a peer measured in the same run."""

    name: str
    unit: str
    target: float
    measured: float | None
    peer: str
    peer_measured: float | None
    holds: bool


def wanted_json() -> bool:
    """Whether exactly one JSON object is to be printed."""
    return bool(os.environ.get("JSON"))


def quick() -> bool:
    """Whether the benchmark is to finish within 50 s on 2 cores."""
    return bool(os.environ.get("QUICK"))


def at_most(name: str, unit: str, target: float, measured: float, peer: str) -> Promise:
    """Return a promise that holds when ``measured`` is at most ``target``."""
    return Promise(
        name, unit, target, round(measured, 3), peer, None, measured <= target
    )


def at_least(
    name: str, unit: str, target: float, measured: float, peer: str
) -> Promise:
    """Return a promise that holds when ``measured`` is at least ``target``."""
    return Promise(
        name, unit, target, round(measured, 3), peer, None, measured >= target
    )


def tell(area: str, promises: list[Promise]) -> int:
    """Print the result; a promise that does not hold is told, not an error."""
    python = platform.python_version()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {python}"
    if wanted_json():
        found = {"area": area, "machine": machine, "promises": promises}
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        print(f"{area} on {machine}")
        for one in promises:
            mark = "✓" if one.holds else "✗"
            peer = "missing" if one.peer_measured is None else one.peer_measured
            print(
                f"  {mark} {one.name}: {one.measured} {one.unit} "
                f"(target {one.target}; {one.peer}: {peer})"
            )
    return 0
