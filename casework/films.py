"""Reads stored recordings: the manifest, and any bytes of a film."""

import msgspec

from casework import vault
from casework.errors import NotFound, Unreadable
from casework.ports import ObjectStore
from casework.recording import Manifest, Recording, Segment
from protocol.ids import CallId


def objects_of(call: CallId) -> str:
    """Return what the names of all objects of a recording begin with."""
    return f"recordings/{call}/"


def manifest_name(call: CallId) -> str:
    """Return the name of the object that holds the manifest of a call."""
    return f"{objects_of(call)}manifest"


def segment_name(call: CallId, film: str, number: int) -> str:
    """Return the name of a film's segment; number 0 is the head."""
    return f"{objects_of(call)}{film}/{number:05d}"


async def read_manifest(
    objects: ObjectStore, key: bytes, recording: Recording
) -> Manifest:
    """Return the manifest of a recording.

    Raises:
        NotFound: nothing of the call was readable, so there is none.
        Unreadable: it was changed, or ``key`` is not the recording's.
    """
    plain = await manifest_bytes(objects, key, recording)
    try:
        return msgspec.json.decode(plain, type=Manifest)
    except msgspec.DecodeError as error:
        raise Unreadable(recording.manifest) from error


async def manifest_bytes(
    objects: ObjectStore, key: bytes, recording: Recording
) -> bytes:
    """Return a manifest as it was written: its digest is in the evidence log.

    Raises:
        NotFound: nothing of the call was readable, so there is none.
        Unreadable: it was changed, or ``key`` is not the recording's.
    """
    if not recording.manifest:
        raise NotFound("manifest")
    sealed = await objects.get(recording.manifest)
    return vault.unseal(key, recording.manifest, sealed)


async def read_film(
    objects: ObjectStore, key: bytes, segments: list[Segment], span: tuple[int, int]
) -> bytes:
    """Return bytes ``span[0]`` to ``span[1]`` (exclusive) of a film.

    ``segments`` are those of ``Manifest.span``; of each only the sealed pieces
    that are needed are fetched. What they say of themselves is authenticated.
    """
    parts = []
    for one in segments:
        within = (span[0] - one.offset, span[1] - one.offset)
        part = await vault.read_range(objects, key, one.key, within, one.size)
        parts.append(part)
    return b"".join(parts)
