"""The legs of one call, and who sees and hears whom."""

from collections.abc import Iterable

from protocol.states import Leg
from signaling.media.leg import Peer
from signaling.media.share import LEAST_STILL, SOUND
from signaling.media.streams import Inbound, Mode, Outbound

MOST_LEGS = 6

SENDERS_MARGIN = 1.1
"""A browser keeps so far below its limit, for what headers add."""

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
            for out in leg.downlink.outs:
                source = self.legs.get(Leg(out.source))
                if out.inbound is None and source and self._may(name, out):
                    stream = _stream_of(source, out.kind)
                    if stream is not None:
                        leg.subscribe(out, stream)

    def set_voice(self, speaker: Leg, to: Iterable[Leg]) -> None:
        """Let ``speaker`` be heard by ``to`` and by nobody else."""
        self._heard_by[speaker] = frozenset(to)
        for name, leg in self.legs.items():
            for out in leg.downlink.outs:
                if out.source == speaker and not self._may(name, out):
                    out.detach()
        self.connect()

    def balance(self, now: float) -> None:
        """Let nobody send more than the slowest line to a receiver carries.

        A supervisor's slow line slows nobody down: its pictures stop instead.
        """
        for leg in self.legs.values():
            caps = [
                cap
                for stream in leg.uplink.streams
                for out in stream.subscribers
                if stream.kind == "video" and out.leg.name != Leg.SUPERVISOR
                if (cap := _cap(out)) is not None
            ]
            leg.feedback.cap(min(caps) if caps else None, now)

    def _may(self, receiver: Leg, out: Outbound) -> bool:
        allowed = self._heard_by.get(Leg(out.source))
        return out.kind != "audio" or allowed is None or receiver in allowed


def _cap(out: Outbound) -> float | None:
    """Return the bits per second that the sender of ``out`` may use in all."""
    share = out.leg.downlink.share
    if share.each is None:
        return None
    if out.mode is not Mode.LIVE:
        return SOUND + LEAST_STILL
    return SENDERS_MARGIN * (SOUND + share.each)


def _stream_of(leg: Peer, kind: str) -> Inbound | None:
    return next((one for one in leg.uplink.streams if one.kind == kind), None)
