"""Identifiers. Each kind is its own type, so one cannot be passed for another."""

import re
from typing import NewType

_HEX_ID = re.compile("[0-9a-f]{32}")

CallId = NewType("CallId", str)
"""One video conversation: 32 hexadecimal digits."""
CaseId = NewType("CaseId", str)
"""One application: 32 hexadecimal digits."""
ItemId = NewType("ItemId", str)
"""A service item: the name of its file in ``services/``."""
MaterialId = NewType("MaterialId", str)
"""A paper that an item asks for: a word from the item's file."""
PageId = NewType("PageId", str)
"""One side of a paper, made up by who captured it: 32 hexadecimal digits."""
SignerId = NewType("SignerId", str)
"""One of those who sign an application: a word from the item's file."""
StaffId = NewType("StaffId", str)
"""A clerk, approver, supervisor or administrator."""
StepId = NewType("StepId", str)
"""Made by whoever acts; the server applies a step once, however often it hears it."""
TerminalId = NewType("TerminalId", str)
"""A counter or a Citizen's Window: the fingerprint of its device key."""
TicketId = NewType("TicketId", str)
"""One visit to a counter: 32 hexadecimal digits."""
IDENTITY = MaterialId("identity")
"""The paper with which a person proves who they are: asked for first, its picture
compared with the face."""
APPLICANT = SignerId("applicant")
"""The one who signs when an item names nobody."""
UploadId = NewType("UploadId", str)
"""One resumable transfer of a page: 32 hexadecimal digits."""


def is_hex_id(word: str) -> bool:
    """Return whether ``word`` is 128 bits in hexadecimal, as secrets and ids are."""
    return _HEX_ID.fullmatch(word) is not None


def is_identity(paper: MaterialId) -> bool:
    """Return whether a paper is somebody's identity document: it has a portrait."""
    return paper == IDENTITY or paper.startswith(f"{IDENTITY}-")
