"""Time stamps (RFC 3161): the embedded authority, and how any authority is asked."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from typing import Protocol

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import extract_ts_certs

from casework.errors import Unreadable
from casework.signing.certificates import Identity
from casework.signing.flat import flat
from casework.signing.time_reply import NoTime, machine_time, token_in

POLICY = "2.25.247391851337226981415963207120430126081"
"""The embedded authority's policy: a UUID as an object identifier (X.667)."""
DIGESTS = frozenset({"sha256", "sha384", "sha512"})
LARGEST_REQUEST = 4096
"""Bytes of a request: a digest, a nonce and a policy need a hundred."""

__all__ = [
    "NoTime",
    "OtherAuthority",
    "OwnTime",
    "Stamper",
    "TimeSource",
    "machine_time",
    "timestamp",
]


class OtherAuthority(NoTime):
    """Another authority answered than before; asked once more, it is known."""


class TimeSource(Protocol):
    """A time stamp authority. It is asked in a thread and may take seconds."""

    def reply(self, request: bytes) -> bytes:
        """Return the TimeStampResp (DER) to a TimeStampReq (DER).

        Raises:
            NoTime: nobody answers.
        """
        ...


class OwnTime:
    """The embedded time stamp authority: a ``TimeSource`` in this very process.

    Its word is the office's own word; an external authority's is worth more.
    """

    def __init__(
        self, identity: Identity, now: Callable[[], dt.datetime] = machine_time
    ) -> None:
        key = serialization.load_der_private_key(identity.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey), "the only kind made here"
        self._key = key
        self._certificate = x509.Certificate.load(identity.certificate)
        self._now = now

    def reply(self, request: bytes) -> bytes:
        """Return a signed reply; a request that is not understood is refused."""
        try:
            asked = _read_request(request)
        except Unreadable as error:
            return _refusal(str(error))
        info = self._info(asked).dump()
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(info),
                },
                "signer_infos": [self._signer_info(info)],
            }
        )
        if asked["cert_req"].native:
            signed["certificates"] = [self._certificate]
        token = cms.ContentInfo(
            {"content_type": "signed_data", "content": flat(signed)}
        )
        granted = {"status": {"status": "granted"}, "time_stamp_token": flat(token)}
        return bytes(tsp.TimeStampResp(granted).dump())

    def _info(self, asked: tsp.TimeStampReq) -> tsp.TSTInfo:
        facts = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(120) | 1,
            "gen_time": self._now().replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "ordering": False,
        }
        if asked["nonce"].native is not None:
            facts["nonce"] = asked["nonce"]
        return tsp.TSTInfo(facts)

    def _signer_info(self, info: bytes) -> cms.SignerInfo:
        own = self._certificate
        digest = hashlib.sha512(own.dump()).digest()
        # RFC 5816. With SHA-256, its default, the algorithm is left out, and then
        # asn1crypto takes a token that it read for one that it has to encode.
        which = tsp.ESSCertIDv2(
            {"hash_algorithm": {"algorithm": "sha512"}, "cert_hash": digest}
        )
        facts = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": self._now().replace(microsecond=0)}),
            "message_digest": hashlib.sha256(info).digest(),
            "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [which]}),
        }
        parts = [
            flat(cms.CMSAttribute({"type": name, "values": [value]}))
            for name, value in facts.items()
        ]
        attributes = flat(cms.CMSAttributes(parts))
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        name = {"issuer": own.issuer, "serial_number": own.serial_number}
        made = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": name}),
                "digest_algorithm": {"algorithm": "sha256"},
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signed_attrs": attributes,
                "signature": signature,
            }
        )
        return flat(made)


def _read_request(request: bytes) -> tsp.TimeStampReq:
    """Return a request for a time stamp that we can give.

    Raises:
        Unreadable: too large, not a request, or for an unknown digest; the text
            is a PKIFailureInfo of RFC 3161, 2.4.2.
    """
    if len(request) > LARGEST_REQUEST:
        raise Unreadable("bad_data_format")
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        name = imprint["hash_algorithm"]["algorithm"].native
        length = len(imprint["hashed_message"].native)
        _ = asked["nonce"].native, asked["cert_req"].native, imprint.dump()
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("bad_data_format") from error
    if name not in DIGESTS or length != hashlib.new(name).digest_size:
        raise Unreadable("bad_alg")
    return asked


def _refusal(why: str) -> bytes:
    # A refusal has no token, which asn1crypto's TimeStampResp insists on.
    told = {"status": "rejection", "fail_info": {why}}
    status: bytes = tsp.PKIStatusInfo(told).dump()
    return bytes([0x30, len(status)]) + status


def timestamp(source: TimeSource, digest: bytes) -> bytes:
    """Return a token (ContentInfo, DER) for a SHA-256 ``digest``.

    Raises:
        NoTime: the authority is not there, refuses, or speaks of something else.
    """
    nonce = secrets.randbits(64)
    imprint = {
        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "hashed_message": digest,
    }
    asked = {"message_imprint": imprint, "nonce": nonce, "cert_req": True}
    request = tsp.TimeStampReq({"version": "v1", **asked})
    answer = source.reply(request.dump())
    return bytes(token_in(answer, digest, nonce).dump())


class Stamper(TimeStamper):
    """Any ``TimeSource`` as pyHanko asks for time.

    pyHanko proves the authority, and makes room for its token, before it asks for
    the time: so it goes by tokens that were seen before.
    """

    def __init__(self, source: TimeSource) -> None:
        super().__init__()
        self._source = source
        self._sample = b""

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Return a token to measure; it is asked for once."""
        if not self._sample:
            answer, token = self._ask(bytes(32))
            self._learn(answer, token)
        return _fresh(self._sample)

    async def async_timestamp(
        self, message_digest: bytes, md_algorithm: str
    ) -> cms.ContentInfo:
        """Ask the source for a token; the signing runs in a thread of its own.

        What is returned was never looked into: a token that was read would be
        encoded anew, many times, when it is put into a signature.

        Raises:
            NoTime: there is none.
            OtherAuthority: there is one, of an authority not seen so far.
        """
        answer, token = self._ask(message_digest)
        known = set(self._certs)
        self._learn(answer, token)
        if not set(self._certs) <= known:
            raise OtherAuthority("seen for the first time")
        return _fresh(answer)

    def _ask(self, digest: bytes) -> tuple[bytes, cms.ContentInfo]:
        nonce, request = self.request_cms(digest, "sha256")
        answer = self._source.reply(request.dump())
        return answer, token_in(answer, digest, nonce)

    def _learn(self, answer: bytes, token: cms.ContentInfo) -> None:
        try:
            signers = list(extract_ts_certs(token, self.cert_registry))
        except (AssertionError, ValueError, TypeError) as error:
            raise NoTime("a token without its certificate") from error
        kept = {
            name: one
            for name, one in self._certs.items()
            if one.not_valid_after > machine_time()
        }
        # A new dictionary: other threads may be reading the old one.
        self._certs = kept | {one.issuer_serial: one for one in signers}
        self._sample = max(self._sample, answer, key=len)
        self._dummy_response_cache = {"sha256": token}


def _fresh(answer: bytes) -> cms.ContentInfo:
    return tsp.TimeStampResp.load(answer)["time_stamp_token"]
