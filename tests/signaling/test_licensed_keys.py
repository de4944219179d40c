"""An office with keys of a licensed authority, and keys that are refused in words."""

import asyncio
import dataclasses
import logging
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from casework.signing.device import SealRevoked
from casework.signing.key_files import UnusableKey, read_key_file
from casework.signing.notary import Notary
from casework.signing.trust import Trust
from casework.signing.verdicts import verify_pdf
from protocol.ids import CaseId, StaffId
from protocol.settings import BadSetting
from signaling.office_keys import open_notary
from signaling.seal_watch import Watch
from signaling.settings import Settings
from tests.builders import FixedClock, Office, an_authority, has
from tests.licensed_ca import (
    ISSUER,
    MIDDLE,
    PASSWORD,
    ROOT,
    SEAL,
    a_holder,
    licensed,
)
from tests.signaling.site import Site, serving
from tests.signaling.test_verification import a_pdf, posted, sealed_by

AUTHORITY = an_authority()


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(settings: Settings, closing: AsyncExitStack) -> Notary:
    clock = FixedClock(time.time())
    return await open_notary(settings, AUTHORITY, clock, closing)


async def test_a_whole_office_signs_with_licensed_keys(
    office: Office, closing: AsyncExitStack, tmp_path: Path
) -> None:
    settings = licensed(tmp_path / "keys", Settings())
    notary = await open_notary(settings, office.authority, office.clock, closing)
    office.papers.notary = notary

    case = await office.submitted()

    # Whoever verifies believes the licensed root; the clock is still our own.
    clock = (office.authority.root.certificate,)
    known = Trust(roots=(ROOT.der,), time_roots=clock).known()
    for name, signer in (("application", "Applicant"), ("receipt", "示范市")):
        document = case.document(name)
        assert document is not None
        pdf = await office.papers.read(case.id, document)
        [verdict] = await asyncio.to_thread(verify_pdf, pdf, known)
        assert verdict.good
        assert verdict.signer.startswith(signer)
        assert verdict.anchor is not None
        assert verdict.anchor.certificate == ROOT.der


async def test_the_page_of_such_an_office_finds_its_papers_good(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    site.settings = licensed(tmp_path / "keys", site.settings)

    async with serving(site):
        sealed = await sealed_by(site.services.papers.notary)
        _, found = await posted(site, sealed)

    checks = found["checks"]
    assert isinstance(checks, list)
    assert [one["name"] for one in checks if not one["holds"]] == []


async def test_the_embedded_root_stands_for_time_only_beside_licensed_keys(
    tmp_path: Path, closing: AsyncExitStack
) -> None:
    notary = await opened(licensed(tmp_path, Settings()), closing)

    assert notary.trust.roots == (ROOT.der,)
    assert notary.trust.time_roots == (AUTHORITY.root.certificate,)
    forged = await sealed_by(Notary(AUTHORITY))
    [verdict] = await asyncio.to_thread(verify_pdf, forged, notary.known())
    assert not verdict.chain


async def test_a_seal_that_was_revoked_seals_nothing(
    tmp_path: Path, closing: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    settings = licensed(tmp_path, Settings())
    gone = MIDDLE.revocations(SEAL.certificate.serial_number)
    (tmp_path / "middle.crl").write_bytes(gone)
    notary = await opened(settings, closing)

    for act in (
        partial(notary.seal, a_pdf(), "Seal"),
        partial(notary.countersign, a_pdf(), CaseId("c" * 32), StaffId("clerk")),
    ):
        with pytest.raises(SealRevoked):
            await asyncio.to_thread(act)

    assert "revoked" in caplog.text


async def test_a_list_that_is_not_there_is_told_at_the_start(
    tmp_path: Path, closing: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    settings = licensed(tmp_path, Settings())
    (tmp_path / "middle.crl").unlink()

    with caplog.at_level(logging.WARNING):
        await opened(settings, closing)

    assert "no revocation list of Common Name: Licensed middle" in caplog.text


async def test_somebody_hears_a_month_before_a_licensed_seal_ends(
    tmp_path: Path,
    office: Office,
    closing: AsyncExitStack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = licensed(tmp_path, Settings())
    soon = a_holder("Seal", MIDDLE, days=(-1, 20))
    (tmp_path / "seal.p12").write_bytes(soon.p12(MIDDLE))
    notary = await opened(settings, closing)
    watch = Watch(notary, None, office.clock)  # type: ignore[arg-type]  # no queue is asked

    with caplog.at_level(logging.WARNING):
        watch.warn(office.clock.now())

    [record] = [one for one in caplog.records if one.name == "signaling.seal_watch"]
    assert (record.__dict__["key"], record.__dict__["days"]) == ("seal", 19)


def no_key() -> bytes:
    return SEAL.certificate.public_bytes(Encoding.PEM)


def other_key() -> bytes:
    return no_key() + ISSUER.pem().split(b"-----END CERTIFICATE-----\n")[1]


def ed_key() -> bytes:
    form = PrivateFormat.PKCS8
    key = ed25519.Ed25519PrivateKey.generate()
    return no_key() + key.private_bytes(Encoding.PEM, form, NoEncryption())


STRANGER = a_holder("Unknown root", authority=True)
WRONG_SEALS = {
    "no key": (no_key(), "no private key"),
    "another key": (other_key(), "no certificate in the file belongs to the key"),
    "another kind of key": (ed_key(), "neither RSA nor ECDSA"),
    "a short key": (
        a_holder("S", MIDDLE, key=rsa.generate_private_key(65537, 1024)).pem(),
        "fewer than 2048",
    ),
    "garbage": (b"garbage", "cannot be opened"),
    "expired": (a_holder("S", MIDDLE, days=(-20, -10)).p12(MIDDLE), "ended on"),
    "too early": (a_holder("S", MIDDLE, days=(5, 9)).p12(MIDDLE), "not valid before"),
    "no link": (SEAL.p12(), "CN=Licensed middle is missing"),
    "another root": (a_holder("S", STRANGER).p12(STRANGER), "not in COUNTER_ROOTS"),
    "for sign-in only": (
        a_holder("S", MIDDLE, commitment=False).p12(MIDDLE),
        "not for signing documents",
    ),
}


@pytest.mark.parametrize("name", WRONG_SEALS)
async def test_a_seal_that_cannot_be_used_stops_the_start_in_words(
    tmp_path: Path, closing: AsyncExitStack, name: str
) -> None:
    data, told = WRONG_SEALS[name]
    settings = licensed(tmp_path, Settings())
    (tmp_path / "seal.p12").write_bytes(data)

    with pytest.raises(BadSetting, match=f"COUNTER_SEAL_FILE: .*{told}"):
        await opened(settings, closing)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"seal_password_file": ""}, "COUNTER_SEAL_FILE: .*another password"),
        ({"issuer_password_file": ""}, "COUNTER_ISSUER_FILE: .*another password"),
        ({"seal_password_file": "/no/file"}, "COUNTER_SEAL_PASSWORD_FILE: /no/file"),
        ({"roots": ""}, "COUNTER_ROOTS"),
        ({"crls": ""}, "COUNTER_CRLS"),
    ],
)
async def test_half_a_setting_of_keys_stops_the_start_in_words(
    tmp_path: Path, closing: AsyncExitStack, more: dict[str, str], told: str
) -> None:
    settings = dataclasses.replace(licensed(tmp_path, Settings()), **more)  # type: ignore[arg-type]  # fields are strings

    with pytest.raises(BadSetting, match=told) as raised:
        await opened(settings, closing)

    assert PASSWORD.decode() not in str(raised.value)


async def test_a_seal_is_no_issuer(tmp_path: Path, closing: AsyncExitStack) -> None:
    settings = licensed(tmp_path, Settings())
    settings = dataclasses.replace(settings, issuer_file=settings.seal_file)

    with pytest.raises(BadSetting, match="not that of an authority"):
        await opened(settings, closing)


@pytest.mark.skipif(not has("openssl"), reason="openssl is not installed")
def test_a_file_that_openssl_made_is_read(tmp_path: Path) -> None:
    (tmp_path / "seal.pem").write_bytes(SEAL.pem())
    (tmp_path / "middle.pem").write_bytes(MIDDLE.certificate.public_bytes(Encoding.PEM))
    words = ["-in", "seal.pem", "-certfile", "middle.pem", "-out", "seal.p12"]
    given_password = ["-passout", f"pass:{PASSWORD.decode()}"]
    subprocess.run(
        ["openssl", "pkcs12", "-export", *words, *given_password],
        cwd=tmp_path,
        check=True,
    )

    found = read_key_file((tmp_path / "seal.p12").read_bytes(), PASSWORD)

    assert found.identity.certificate == SEAL.der
    assert found.others == (MIDDLE.der,)


@given(st.binary(max_size=300) | st.binary().map(lambda b: b"-----BEGIN " + b))
def test_garbage_is_no_key(data: bytes) -> None:
    with pytest.raises(UnusableKey):
        read_key_file(data, b"")
