"""The networks that find and compare faces: which they are, and where they come from.

They are not part of this program: whoever runs a terminal takes them from the npm
package ``faceplugin-face-recognition-js`` 0.0.1 (MIT) with ``counter face-models``.
Only files with the digests below are ever opened.
"""

import hashlib
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

FINDS, PLACES, DESCRIBES = "fr_detect.onnx", "fr_landmark.onnx", "fr_feature.onnx"
"""Finds faces; places 68 points on one; makes the 512 numbers that are compared."""
PINNED: Final = {
    FINDS: "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854",
    PLACES: "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258",
    DESCRIBES: "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
}
"""SHA-256 of each file."""
INSIDE: Final = "package/model/"
"""Where the files lie in the package."""
LARGEST_MODEL = 8_000_000
"""Bytes of one network; the largest has 4.9 million."""
LARGEST_CONTENT = 400_000_000
"""Bytes that a package may unpack to before it is taken for a trap."""


class NoModels(Exception):
    """A network is not there, or is not the one that is meant."""

    code = "face-no-models"


class BadPackage(Exception):
    """Not the package that holds the networks."""

    code = "face-bad-package"


def read_model(folder: Path, name: str) -> bytes:
    """Return a network of ``PINNED``, or raise ``NoModels``."""
    path = folder / name
    try:
        if path.stat().st_size > LARGEST_MODEL:
            raise NoModels(name)
        data = path.read_bytes()
    except OSError as error:
        raise NoModels(name) from error
    if hashlib.sha256(data).hexdigest() != PINNED[name]:
        raise NoModels(name)
    return data


def digest_of(names: Iterable[str]) -> str:
    """Return one SHA-256 for networks: over their digests, in the order of names."""
    listed = "\n".join(PINNED[name] for name in sorted(names))
    return hashlib.sha256(listed.encode()).hexdigest()


def import_models(package: Path, folder: Path) -> None:
    """Take the networks out of the npm package into ``folder``, all or none.

    Raises:
        BadPackage: it cannot be opened, or a network is missing or another one.
    """
    with package.open("rb") as file:
        found = models_in(file)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        half = folder / f"{name}.half"
        half.write_bytes(data)
        half.replace(folder / name)


def models_in(file: IO[bytes]) -> dict[str, bytes]:
    """Return the networks in an npm package (gzip, tar) by their names.

    Raises:
        BadPackage: as ``import_models``.
    """
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as package:
            found = _wanted(package)
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError) as error:
        raise BadPackage(type(error).__name__) from error
    for name, digest in PINNED.items():
        if hashlib.sha256(found.get(name, b"")).hexdigest() != digest:
            raise BadPackage(name)
    return found


def _wanted(package: tarfile.TarFile) -> dict[str, bytes]:
    found, total = {}, 0
    for member in package:
        total += member.size
        if total > LARGEST_CONTENT:
            raise BadPackage("too large")
        name = member.name.removeprefix(INSIDE)
        if name not in PINNED or member.name == name or not member.isreg():
            continue
        if member.size > LARGEST_MODEL:
            raise BadPackage(name)
        content = package.extractfile(member)
        assert content is not None, "a regular file"
        found[name] = content.read()
    return found
