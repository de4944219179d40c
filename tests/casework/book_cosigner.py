"""A witness without a network: its book, asked directly."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.cosignature import WitnessKey
from casework.cosigning import Cosigning
from casework.errors import LogForked, WitnessIsAt
from casework.stores.sql_cosignatures import SqlCosignatureStore
from casework.stores.witness import ObjectWitness
from casework.witness_book import Answer, WitnessBook
from tests.builders import FixedClock, Office


def submission(old: int, proof: list[bytes], note: str) -> bytes:
    lines = [base64.b64encode(one).decode() for one in proof]
    return "\n".join([f"old {old}", *lines, "", note]).encode()


class BookCosigner:
    """A ``Cosigner`` that can be away."""

    def __init__(self, folder: Path, public: bytes, name: str = "w.example") -> None:
        signer = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"k"))
        kept = ObjectWitness(str(folder / name), public)
        self.book = WitnessBook({public: kept}, name, signer, FixedClock())
        self.away = False
        self.asked: list[int] = []

    @property
    def key(self) -> WitnessKey:
        return self.book.key

    async def cosign(self, old: int, proof: list[bytes], note: str) -> str:
        if self.away:
            raise OSError("no route")
        self.asked.append(old)
        said: Answer = await self.book.add(submission(old, proof, note))
        if said.status == 409:
            raise WitnessIsAt(int(said.body))
        if said.status != 200:
            raise LogForked(str(said.status))
        return said.body.rstrip("\n")


def log_key(office: Office) -> bytes:
    return office.authority.log_signer().public_key().public_bytes_raw()


def cosigning(office: Office, *cosigners: BookCosigner) -> Cosigning:
    kept = SqlCosignatureStore(office.engine)
    return Cosigning(office.checkpoints, kept, cosigners)
