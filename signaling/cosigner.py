"""Asks a witness on another machine to cosign checkpoints (C2SP ``tlog-witness``)."""

import base64
from urllib.parse import urlsplit

import aiohttp

from casework.cosignature import WitnessKey, read_witness_key
from casework.errors import LogForked, Unreadable, WitnessIsAt
from signaling.bodies import read_answer

PATIENCE = 5.0
"""Seconds for one answer: whoever makes a dossier waits for it."""
LARGEST_ANSWER = 16_384
"""Bytes; a few lines are expected."""


class HttpCosigner:
    """A ``Cosigner``."""

    def __init__(self, address: str, key: WitnessKey) -> None:
        """Ask at ``address``, its submission prefix, for signatures of ``key``."""
        self._url = f"{address.rstrip('/')}/add-checkpoint"
        self._key = key

    @property
    def key(self) -> WitnessKey:
        """Who it is."""
        return self._key

    async def cosign(self, old: int, proof: list[bytes], note: str) -> str:
        """Do as ``casework.log_ports.Cosigner`` says."""
        lines = [base64.b64encode(one).decode() for one in proof]
        body = "\n".join([f"old {old}", *lines, "", note]).encode()
        try:
            status, said = await self._answer(body)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError("witness") from error
        if status == 200:
            return self._own_line(said)
        if status == 409 and said.strip().isdecimal():
            size = int(said)
            if size == old:  # the same size, and another root
                raise LogForked(str(size))
            raise WitnessIsAt(size)
        if status == 422:
            raise LogForked(str(old))
        raise Unreadable(f"witness answered {status}")

    async def _answer(self, body: bytes) -> tuple[int, str]:
        limit = aiohttp.ClientTimeout(total=PATIENCE)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(self._url, data=body, allow_redirects=False) as answer,
        ):
            said = await read_answer(answer.content, LARGEST_ANSWER)
            return answer.status, said.decode("utf-8", "replace")

    def _own_line(self, said: str) -> str:
        """Return the line of the key that we know; others are no concern of ours."""
        lead = f"\N{EM DASH} {self._key.name} "
        for line in said.split("\n"):
            if not line.startswith(lead):
                continue
            try:
                blob = base64.b64decode(line.removeprefix(lead), validate=True)
            except ValueError:
                continue
            if blob[:4] == self._key.id:
                return line
        raise Unreadable("no cosignature of this witness")


def read_cosigners(text: str) -> list[HttpCosigner]:
    """Return the witnesses of a setting: ``ADDRESS KEY``, commas between them.

    Raises:
        Unreadable: an address or a key is none.
    """
    found = []
    for row in filter(None, map(str.strip, text.split(","))):
        address, _, key = row.partition(" ")
        if urlsplit(address).scheme not in {"http", "https"}:
            raise Unreadable(address)
        found.append(HttpCosigner(address, read_witness_key(key.strip())))
    return found
