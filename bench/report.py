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
    """In ``unit``; where ``ratio`` is given, in times what the peer measured."""
    measured: float | None
    peer: str
    peer_measured: float | None
    holds: bool
    ratio: float | msgspec.UnsetType | None = msgspec.UNSET
    """Ours to the peer's, where that is what was promised; null without a peer."""


def wanted_json() -> bool:
    """Whether exactly one JSON object is to be printed."""
    return bool(os.environ.get("JSON"))


def quick() -> bool:
    """Whether the benchmark is to finish within 50 s on 2 cores."""
    return bool(os.environ.get("QUICK"))


def beside(promise: Promise, peer_measured: float | None) -> Promise:
    """Return ``promise`` with what the peer measured in the same run."""
    told = None if peer_measured is None else round(peer_measured, 3)
    return msgspec.structs.replace(promise, peer_measured=told)


def at_most_of_peer(
    name: str, unit: str, share: float, ours: float, peer: tuple[str, float | None]
) -> Promise:
    """Return a promise that holds when ``ours`` is at most ``share`` of the peer's.

    ``peer``: its name and what it measured, ``None`` if it is not installed.
    """
    who, theirs = peer
    ratio = None if theirs is None else round(ours / theirs, 3)
    holds = ratio is not None and ratio <= share
    one = Promise(name, unit, share, round(ours, 3), who, None, holds, ratio)
    return beside(one, theirs)


def missing(name: str, unit: str, target: float, what: str) -> Promise:
    """Return a promise that could not be measured; ``what`` is not installed."""
    return Promise(name, unit, target, None, f"missing: {what}", None, holds=False)


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
    cores, load = os.cpu_count(), os.getloadavg()[0]
    machine = f"{platform.machine()}, {cores} cores, load {load:.1f}, Python {python}"
    if wanted_json():
        found = {"area": area, "machine": machine, "promises": promises}
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        print(f"{area} on {machine}")
        for one in promises:
            print(f"  {_row(one)}")
    return 0


def _row(one: Promise) -> str:
    mark = "✓" if one.holds else "✗"
    theirs = "missing" if one.peer_measured is None else str(one.peer_measured)
    target = str(one.target)
    if one.ratio is not msgspec.UNSET:
        target += f" x peer, is {one.ratio}"
    return (
        f"{mark} {one.name}: {one.measured} {one.unit} "
        f"(target {target}; {one.peer}: {theirs})"
    )
