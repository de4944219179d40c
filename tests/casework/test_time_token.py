"""A timestamp says when, of exactly these bytes, by somebody we know."""

import asyncio
import datetime as dt
import hashlib
from pathlib import Path

import pytest
from asn1crypto import algos, keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.sign.timestamps import DummyTimeStamper

from casework.archive import unpack
from casework.checkpoints import Checkpoints
from casework.dossier import Dossiers
from casework.errors import Unreadable
from casework.session_files import Sessions
from casework.signing.authority import Authority
from casework.signing.time_token import stamped_time
from casework.verify_dossier import verify_dossier
from tests.builders import Office, an_authority
from tests.casework.mutations import Json, edited


class Clockmaker:
    """A time stamp authority under the root of an office."""

    def __init__(self, authority: Authority) -> None:
        key = rsa.generate_private_key(65537, 2048)
        root = x509.load_der_x509_certificate(authority.root.certificate)
        signer = serialization.load_der_private_key(authority.root.key, None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clock")])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = (
            x509.CertificateBuilder(root.subject, name, key.public_key())
            .serial_number(7)
            .not_valid_before(NOW - dt.timedelta(days=1))
            .not_valid_after(NOW + dt.timedelta(days=1))
            .add_extension(usage, critical=True)
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._stamper = DummyTimeStamper(
            asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER)),
            keys.PrivateKeyInfo.load(private),
            fixed_dt=NOW,
        )

    def stamp(self, digest: bytes) -> bytes:
        imprint = {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": digest,
        }
        request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint})
        answer = self._stamper.request_tsa_response(request)
        return bytes(answer["time_stamp_token"].dump())


# The root must be older than the time that is stamped.
AUTHORITY = an_authority()
ROOT = AUTHORITY.root.certificate
DATA = b"a checkpoint"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
CLOCK = Clockmaker(AUTHORITY)
TOKEN = CLOCK.stamp(hashlib.sha256(DATA).digest())


def test_a_token_says_when_these_bytes_were_seen() -> None:
    assert stamped_time(TOKEN, DATA, ROOT) == NOW


def test_other_bytes_and_other_authorities_are_not_believed() -> None:
    for data, root in (
        (DATA + b"!", ROOT),
        (DATA, an_authority().root.certificate),
        (DATA, b""),
    ):
        with pytest.raises(Unreadable):
            stamped_time(TOKEN, data, root)


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_a_token_with_one_other_byte_says_the_same_or_nothing(
    place: int, turn: int
) -> None:
    changed = TOKEN[:place] + bytes([TOKEN[place] ^ turn]) + TOKEN[place + 1 :]

    try:
        at = stamped_time(changed, DATA, ROOT)
    except Unreadable:
        return
    # A few bytes are not signed (a version, a list of digests): no fact is in them.
    assert at == NOW


@given(st.binary(max_size=300))
def test_garbage_is_no_token(token: bytes) -> None:
    with pytest.raises(Unreadable):
        stamped_time(token, DATA, ROOT)


async def a_stamped_dossier(folder: Path) -> bytes:
    office = await Office(folder).open()
    root = office.authority.root.certificate
    checkpoints = Checkpoints(
        office.store.log,
        office.checkpoints.kept,
        office.authority.log_signer(),
        root,
        Clockmaker(office.authority).stamp,
    )
    dossiers = Dossiers(office.cases, Sessions(office.shelf), checkpoints)
    dossier = await dossiers.make(await office.opened(), "auditor")
    await office.engine.dispose()
    return dossier


def test_a_dossier_is_stamped_and_says_when(tmp_path: Path) -> None:
    dossier = asyncio.run(a_stamped_dossier(tmp_path))

    checks = verify_dossier(dossier)

    assert [one for one in checks if not one.holds] == []
    [stamped] = [one for one in checks if one.name == "check-timestamp"]
    assert stamped.about.startswith(f"{NOW:%Y-%m-%d}")


def test_a_timestamp_that_is_taken_away_or_changed_is_missed(tmp_path: Path) -> None:
    members = unpack(asyncio.run(a_stamped_dossier(tmp_path)))[0]

    def without(manifest: Json) -> None:
        manifest["timestamp"] = ""

    def turned(manifest: Json) -> None:
        old = manifest["timestamp"]
        manifest["timestamp"] = (
            old[:400] + ("A" if old[400] != "A" else "B") + old[401:]
        )

    for edit in (without, turned):
        wrong = [c.name for c in verify_dossier(edited(members, edit)) if not c.holds]
        assert wrong == ["check-timestamp"]
