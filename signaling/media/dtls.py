"""DTLS-SRTP of one leg (RFC 5764), driven by hand: no task, no queue, no socket."""

import struct

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    certificate_digest,
)
from OpenSSL import SSL
from pylibsrtp import Policy, Session

PROFILES = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]
DIGESTS = {"sha-256", "sha-384", "sha-512"}
LARGEST_DATAGRAM = 1200
"""Bytes of DTLS per datagram: fits every path (RFC 8831 section 5)."""
ALERT, HANDSHAKE = 21, 22
RECORD_HEADER, MESSAGE_HEADER = 13, 12
CLIENTS_MESSAGES = {1, 11, 15, 16}
"""ClientHello, Certificate, CertificateVerify, ClientKeyExchange: what a client
says before its keys are in use (RFC 5246 section 7.4)."""
LONGEST_MESSAGE = 20_000


class DtlsFailed(Exception):
    """The handshake cannot succeed any more; the text says why."""


class Certificate:
    """The worker's certificate and the context that all legs share."""

    def __init__(self) -> None:
        certificate = RTCCertificate.generateCertificate()
        prints = certificate.getFingerprints()
        self.fingerprint = next(p.value for p in prints if p.algorithm == "sha-256")
        # aiortc is pinned: its context already asks for a client certificate and
        # offers the SRTP profiles, which pyOpenSSL makes hard to get right.
        self.context = certificate._create_ssl_context(PROFILES)
        self.context.set_options(SSL.OP_NO_QUERY_MTU)


class Dtls:
    """The server side of one handshake, and the SRTP sessions that come of it."""

    OWN_KEYS = 1
    """Which half of the derived keys is ours: the server's is the second."""

    def __init__(
        self, certificate: Certificate, fingerprints: list[tuple[str, str]]
    ) -> None:
        """Wait for a client whose certificate has one of ``fingerprints``."""
        self._fingerprints = fingerprints
        self._ssl = SSL.Connection(certificate.context, None)
        self._ssl.set_accept_state()
        self._ssl.set_ciphertext_mtu(LARGEST_DATAGRAM)
        self.receive: Session | None = None
        self.transmit: Session | None = None
        self.closed_by_peer = False

    @property
    def ready(self) -> bool:
        """Whether media can be encrypted and decrypted."""
        return self.receive is not None

    def feed(self, data: bytes) -> list[bytes]:
        """Take one datagram; return the datagrams to send.

        Raises:
            DtlsFailed: wrong certificate, no common profile, or a protocol error.
        """
        if self._forged(data):
            return []
        self._ssl.bio_write(data)
        if self.ready:
            self._hear_goodbye()
        else:
            self._shake()
        return self._datagrams()

    def timeout(self) -> float | None:
        """Return seconds until ``retry`` is due, or ``None``."""
        left: float | None = self._ssl.DTLSv1_get_timeout()
        return left

    def retry(self) -> list[bytes]:
        """Send the last flight again; raises ``DtlsFailed`` when it was too often."""
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error as error:
            raise DtlsFailed("timeout") from error
        return self._datagrams()

    def _forged(self, data: bytes) -> bool:
        """Whether ``data`` holds a record that anybody could have written.

        Epoch 0 is not authenticated. An alert there is never believed, nor a
        handshake message that no client sends; one of them would end the
        handshake. Once the keys are up nothing there is believed, except a flight
        that is repeated.
        """
        place = 0
        while place + RECORD_HEADER <= len(data):
            if data[place + 3 : place + 5] == b"\0\0":
                kind = data[place]
                if kind == ALERT or (self.ready and kind != HANDSHAKE):
                    return True
                if kind == HANDSHAKE and not _from_client(data, place + RECORD_HEADER):
                    return True
            place += _record_size(data, place)
        return False

    def _shake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise DtlsFailed("protocol") from error
        self._check_certificate()
        self._derive_keys()

    def _check_certificate(self) -> None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        known = [
            certificate_digest(certificate, algorithm) == value
            for algorithm, value in self._fingerprints
            if algorithm in DIGESTS and certificate is not None
        ]
        if not known or not all(known):
            raise DtlsFailed("fingerprint")

    def _derive_keys(self) -> None:
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((p for p in PROFILES if p.openssl_profile == chosen), None)
        if profile is None:
            raise DtlsFailed("no SRTP profile")
        size = 2 * (profile.key_length + profile.salt_length)
        material = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)

        def session(side: int, direction: int) -> Session:
            policy = Policy(
                key=profile.get_key_and_salt(material, side),
                ssrc_type=direction,
                srtp_profile=profile.libsrtp_profile,
            )
            policy.allow_repeat_tx = True
            policy.window_size = 1024
            return Session(policy)

        self.transmit = session(self.OWN_KEYS, Policy.SSRC_ANY_OUTBOUND)
        self.receive = session(1 - self.OWN_KEYS, Policy.SSRC_ANY_INBOUND)

    def _hear_goodbye(self) -> None:
        try:
            self._ssl.recv(2048)
        except SSL.ZeroReturnError:
            self.closed_by_peer = True
        except SSL.Error:
            return

    def _datagrams(self) -> list[bytes]:
        """Return what the memory BIO holds, cut at record borders."""
        glued = b""
        while True:
            try:
                glued += self._ssl.bio_read(65536)
            except SSL.Error:
                break
        out: list[bytes] = []
        place = 0
        while place < len(glued):
            size = _record_size(glued, place)
            record = glued[place : place + size]
            place += size
            if out and len(out[-1]) + len(record) <= LARGEST_DATAGRAM:
                out[-1] += record
            else:
                out.append(record)
        return out


def _from_client(data: bytes, place: int) -> bool:
    """Whether a client could say the handshake fragment at ``place`` (RFC 6347)."""
    if place + MESSAGE_HEADER > len(data):
        return False
    whole = int.from_bytes(data[place + 1 : place + 4], "big")
    offset = int.from_bytes(data[place + 6 : place + 9], "big")
    size = int.from_bytes(data[place + 9 : place + 12], "big")
    fits = offset + size <= whole <= LONGEST_MESSAGE
    return data[place] in CLIENTS_MESSAGES and fits and whole > 0


def _record_size(data: bytes, place: int) -> int:
    """Return the size of the DTLS 1.2 or 1.3 record at ``place``."""
    first = data[place]
    if first & 0xE0 != 0x20:
        return 13 + int(struct.unpack_from("!H", data, place + 11)[0])
    head = 1 + (2 if first & 0x08 else 1)  # RFC 9147 section 4, unified header
    if not first & 0x04:
        return len(data) - place
    return head + 2 + int(struct.unpack_from("!H", data, place + head)[0])
