"""An SM2 signature beside a PDF: openssl verifies ours, and we verify openssl's."""

import datetime as dt
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.checks import Check
from casework.errors import Unreadable
from casework.signing.key_files import UnusableKey
from casework.signing.sm2 import NoSm2, require_sm2, sm2_verify
from casework.signing.sm2_chain import public_of, way_up
from casework.signing.sm2_form import (
    LARGEST,
    read_file,
)
from casework.signing.sm2_lines import Sm2Known, covers, sm2_lines
from casework.signing.sm2_revocation import is_revoked
from casework.signing.sm2_seal import Sm2Seal, read_sm2_file
from tests.sm2_ca import AUTHORITY, ISSUES, SIGNS, Sm2Ca, referee

pytestmark = referee()

PDF = b"%PDF-1.7 a licence, sealed"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    return Sm2Ca(tmp_path_factory.mktemp("sm2"))


@pytest.fixture(scope="module")
def seal(ca: Sm2Ca) -> Sm2Seal:
    pytest.importorskip("gmssl_pyx")
    return read_sm2_file(ca.seal_file())


def by_openssl(ca: Sm2Ca, pdf: bytes, name: str = "seal") -> bytes:
    return ca.beside(pdf, NOW, name)


@pytest.fixture(scope="module")
def whole(seal: Sm2Seal) -> bytes:
    return seal.sign(PDF, NOW)


def known(ca: Sm2Ca, *lists: bytes) -> Sm2Known:
    return Sm2Known(now=NOW, roots=(ca.der("root"),), lists=lists)


def lines(ca: Sm2Ca, pdf: bytes, file: bytes) -> dict[str, bool]:
    checks = sm2_lines("", pdf, file, known(ca))
    return {one.name: one.holds for one in checks}


GOOD = {"check-sm2-covers": True, "check-sm2-intact": True, "check-sm2-chain": True}


def test_openssl_verifies_what_we_signed(ca: Sm2Ca, seal: Sm2Seal) -> None:
    said = read_file(seal.sign(PDF, NOW))

    assert ca.verifies(said.attributes, said.signature)
    assert not ca.verifies(said.attributes + b"\0", said.signature)
    assert ca.links_hold(said.certificate, *said.others, ca.der("root"))
    assert not ca.links_hold(said.certificate, ca.der("root"))
    (ca.folder / "paper.pdf").write_bytes(PDF)
    assert said.digest.hex() in ca.run("dgst", "-sm3", "paper.pdf")
    assert said.at == NOW


def test_we_verify_what_openssl_signed(ca: Sm2Ca, seal: Sm2Seal) -> None:
    assert lines(ca, PDF, by_openssl(ca, PDF)) == GOOD
    assert lines(ca, PDF, seal.sign(PDF, NOW)) == GOOD


def test_the_file_has_the_form_of_gm_t_0010(ca: Sm2Ca, seal: Sm2Seal) -> None:
    (ca.folder / "file.der").write_bytes(seal.sign(PDF, NOW))

    told = ca.run("asn1parse", "-inform", "DER", "-in", "file.der")

    for wanted in (
        "1.2.156.10197.6.1.4.2.2",
        "1.2.156.10197.6.1.4.2.1",
        "1.2.156.10197.1.301.1",
        ":sm3",
        "SM2-with-SM3",
    ):
        assert wanted in told


def test_one_byte_of_the_pdf_is_another_file(ca: Sm2Ca, seal: Sm2Seal) -> None:
    file = seal.sign(PDF, NOW)

    assert lines(ca, PDF + b" ", file) == {**GOOD, "check-sm2-covers": False}


def test_every_bit_that_is_turned_in_the_file_is_caught(
    ca: Sm2Ca, seal: Sm2Seal
) -> None:
    file, unnoticed = seal.sign(PDF, NOW), []
    for place in range(0, len(file), 7):
        changed = file[:place] + bytes([file[place] ^ 0x10]) + file[place + 1 :]
        # The algorithm that is named, and the certificates between: they are not
        # signed, and what does not fit any more has to fail.
        if lines(ca, PDF, changed) == GOOD:
            unnoticed.append(place)

    assert unnoticed == []


def test_somebody_elses_key_under_the_same_name_is_not_trusted(
    ca: Sm2Ca, seal: Sm2Seal, tmp_path: Path
) -> None:
    other = Sm2Ca(tmp_path / "other")

    assert lines(ca, PDF, by_openssl(other, PDF)) == {**GOOD, "check-sm2-chain": False}


def test_who_may_not_sign_or_issue_is_not_trusted(ca: Sm2Ca, seal: Sm2Seal) -> None:
    ca.issue("cipher", "middle", "keyUsage=critical,keyEncipherment")
    ca.issue("under-seal", "seal", SIGNS)
    ca.issue("deep", "middle", AUTHORITY, ISSUES)
    ca.issue("too-deep", "deep", SIGNS)
    ca.issue("odd", "middle", SIGNS, "1.2.3.4=critical,DER:0500")
    between = [ca.der(name) for name in ("middle", "seal", "deep")]
    root = [ca.der("root")]

    def trusted(name: str, at: dt.datetime = NOW) -> bool:
        return bool(way_up(ca.der(name), between, root, at))

    assert trusted("seal")
    assert not way_up(ca.der("seal"), (), root, NOW)
    for name in ("cipher", "under-seal", "too-deep", "odd", "middle"):
        assert not trusted(name), name
    assert not trusted("seal", NOW - dt.timedelta(days=3))
    assert not trusted("seal", NOW + dt.timedelta(days=401))


def test_a_signature_of_tomorrow_is_not_trusted(ca: Sm2Ca, seal: Sm2Seal) -> None:
    file = seal.sign(PDF, NOW + dt.timedelta(days=1))

    assert lines(ca, PDF, file) == {**GOOD, "check-sm2-chain": False}


def test_a_revoked_certificate_is_found_on_its_issuers_list(
    ca: Sm2Ca, seal: Sm2Seal
) -> None:
    file = seal.sign(PDF, NOW)
    upper, none, seals = ca.crl("root"), ca.crl("middle"), ca.crl("middle", "seal")
    forged = none[:-1] + bytes([none[-1] ^ 1])

    def told(*lists: bytes) -> tuple[bool, bool, str]:
        *_, one = sm2_lines("", PDF, file, known(ca, *lists))
        assert one.name == "check-sm2-revocation"
        return one.holds, one.known, one.note

    assert told(upper, none) == (True, True, "")
    assert told(upper, seals) == (False, True, "note-revoked")
    assert told(seals) == (False, True, "note-revoked")
    others = (forged, ca.crl("seal"), ca.crl("middle", part=True), b"nothing")
    for lists in ((none,), (upper,), *((upper, one) for one in others)):
        assert told(*lists) == (False, False, "note-no-list")
    above = ca.crl("root", "middle")
    assert told(none, above) == (False, True, "note-revoked")


def test_a_list_that_had_ended_says_nothing(ca: Sm2Ca, seal: Sm2Seal) -> None:
    lists = (ca.crl("root"), ca.crl("middle"))
    way = (ca.der("seal"), ca.der("middle"), ca.der("root"))

    assert is_revoked(way, lists, NOW) is False
    assert is_revoked(way, lists, NOW + dt.timedelta(days=40)) is None


def test_without_a_root_the_chain_is_neither_good_nor_bad(seal: Sm2Seal) -> None:
    *_, chain = sm2_lines("", PDF, seal.sign(PDF, NOW), Sm2Known(now=NOW))

    assert (chain.known, chain.note) == (False, "note-sm2-no-root")


def test_without_the_extra_it_says_what_to_install(
    ca: Sm2Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = by_openssl(ca, PDF)
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)

    with pytest.raises(NoSm2, match=r"pip install 'smart-counter\[sm2\]'"):
        require_sm2()
    with pytest.raises(NoSm2):
        read_sm2_file(ca.seal_file())
    first, *rest = sm2_lines("", PDF, file, known(ca))

    assert first.holds
    assert [(one.known, one.note) for one in rest] == [(False, "note-no-sm2")] * 2


def test_a_key_that_does_not_fit_its_certificate_is_refused(
    ca: Sm2Ca, seal: Sm2Seal
) -> None:
    with pytest.raises(UnusableKey, match="no certificate in the file belongs"):
        read_sm2_file(ca.pem("root.key", "seal.pem"))


def test_keys_of_other_kinds_and_forms_are_refused_in_words(
    ca: Sm2Ca, seal: Sm2Seal
) -> None:
    ca.run("genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-256", "-out", "ec.key")
    ca.run(
        "pkcs8",
        *["-topk8", "-in", "seal.key", "-out", "hidden.key", "-passout", "pass:x"],
    )
    ca.issue("cipher", "middle", "keyUsage=critical,keyEncipherment")
    for names, told in (
        (("ec.key", "seal.pem"), "not on the SM2 curve"),
        (("hidden.key", "seal.pem"), "PKCS#8 without a password"),
        (("seal.pem",), "PKCS#8 without a password"),
        (("seal.key", "root.key", "seal.pem"), "PKCS#8 without a password"),
        (("cipher.key", "cipher.pem"), "not for signing documents"),
    ):
        with pytest.raises(UnusableKey, match=told):
            read_sm2_file(ca.pem(*names))
    with pytest.raises(UnusableKey, match="too large"):
        read_sm2_file(b"-----BEGIN " * 200_000)
    with pytest.raises(UnusableKey, match="not PEM"):
        read_sm2_file(b"")


def test_a_key_is_not_in_its_own_words(seal: Sm2Seal) -> None:
    assert seal.key.hex() not in repr(seal)
    assert repr(seal.key) not in repr(seal)


def test_a_signature_of_another_kind_is_not_read(ca: Sm2Ca) -> None:
    words = "-x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout rsa.key -out rsa.pem"
    ca.run("req", *words.split())
    (ca.folder / "paper.pdf").write_bytes(PDF)
    words = "-sign -binary -in paper.pdf -signer rsa.pem -inkey rsa.key -outform DER"
    ca.run("cms", *words.split(), "-out", "rsa.der")

    assert covers("x", PDF, ca.pem("rsa.der")) == Check(
        "check-sm2-covers", "x", False, note="note-sm2-unreadable"
    )


def test_a_file_of_our_size_limit_is_not_even_opened(ca: Sm2Ca) -> None:
    file = by_openssl(ca, PDF)

    with pytest.raises(Unreadable):
        read_file(file + b"\0" * LARGEST)
    for cut in range(1, len(file), 11):
        with pytest.raises(Unreadable):
            read_file(file[:-cut])


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (read_file, public_of, read_sm2_file):
        with pytest.raises((Unreadable, UnusableKey)):
            read(data)


@given(st.data())
def test_any_damage_is_read_or_refused(
    ca: Sm2Ca, whole: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(max_size=8))
    damaged = whole[:place] + piece + whole[place + len(piece) :]

    for one in sm2_lines("", PDF, damaged, known(ca)):
        assert one.name in GOOD


@given(st.binary(max_size=90), st.binary(min_size=64, max_size=64))
def test_no_bytes_are_a_signature(signature: bytes, point: bytes) -> None:
    pytest.importorskip("gmssl_pyx")

    assert not sm2_verify(point, PDF, signature)
