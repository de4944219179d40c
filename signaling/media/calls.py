"""The legs of one call, and who sees and hears whom."""

from collections.abc import Iterable

from protocol.states import Leg
from signaling.media.leg import Peer
from signaling.media.streams import Inbound, Outbound

MOST_LEGS = 6

WANTS: dict[Leg, dict[str, list[str]]] = {
    Leg.APPLICANT: {
        "audio": [Leg.CLERK, Leg.EXPERT, Leg.SUPERVISOR],
        "video": [Leg.CLERK, Leg.EXPERT],
    },
    Leg.DOCUMENT: {},
    Leg.CLERK: {
        "audio": [Leg.APPLICANT, Leg.EXPERT, Leg.SUPERVISOR],
        "video": [Leg.APPLICANT, Leg.DOCUMENT, Leg.EXPERT],
    },
    Leg.EXPERT: {
        "audio": [Leg.APPLICANT, Leg.CLERK, Leg.SUPERVISOR],
        "video": [Leg.APPLICANT, Leg.CLERK, Leg.DOCUMENT],
    },
    Leg.SUPERVISOR: {
        "audio": [Leg.APPLICANT, Leg.CLERK, Leg.EXPERT],
        "video": [Leg.APPLICANT, Leg.CLERK, Leg.DOCUMENT, Leg.EXPERT],
    },
}
"""Who receives whom, in the order of the receiving lines of an offer."""


class Call:
    """The legs of one call, and who receives whom."""

    def __init__(self) -> None:
        self.legs: dict[Leg, Peer] = {}
        self._heard_by: dict[Leg, frozenset[Leg]] = {Leg.SUPERVISOR: frozenset()}

    def connect(self) -> None:
        """Subscribe every unconnected outgoing stream whose source is there."""
        for name, leg in self.legs.items():
            for out in leg.outbound:
                source = self.legs.get(Leg(out.source))
                if out.inbound is None and source and self._may(name, out):
                    stream = _stream_of(source, out.kind)
                    if stream is not None:
                        leg.subscribe(out, stream)

    def set_voice(self, speaker: Leg, to: Iterable[Leg]) -> None:
        """Let ``speaker`` be heard by ``to`` and by nobody else."""
        self._heard_by[speaker] = frozenset(to)
        for name, leg in self.legs.items():
            for out in leg.outbound:
                if out.source == speaker and not self._may(name, out):
                    out.detach()
        self.connect()

    def _may(self, receiver: Leg, out: Outbound) -> bool:
        allowed = self._heard_by.get(Leg(out.source))
        return out.kind != "audio" or allowed is None or receiver in allowed


def _stream_of(leg: Peer, kind: str) -> Inbound | None:
    return next((one for one in leg.inbound.values() if one.kind == kind), None)
