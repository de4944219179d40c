"""Keeps asn1crypto from encoding the same structure over and over."""

from typing import Any, TypeVar

from asn1crypto import cms, core
from pyhanko.sign.signers import SimpleSigner

A = TypeVar("A", bound=core.Asn1Value)


def flat(made: A) -> A:
    """Return a structure read from its own bytes.

    asn1crypto encodes what was built, and not read, anew for every level above
    it, several times each: a signature in a token in a signature takes seconds.
    """
    read: A = made.load(made.dump())
    return read


class FlatSigner(SimpleSigner):
    """pyHanko's signer with a key in memory, with flat attributes."""

    async def signed_attrs(self, *args: Any, **more: Any) -> cms.CMSAttributes:
        """Return what is signed besides the digest."""
        return flat(await super().signed_attrs(*args, **more))

    async def unsigned_attrs(self, *args: Any, **more: Any) -> cms.CMSAttributes | None:
        """Return what is added to the signature: its time stamp."""
        made = await super().unsigned_attrs(*args, **more)
        return None if made is None else flat(made)
