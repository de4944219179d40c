"""A damaged file of an SM2 signature is refused wherever it is, and breaks nothing."""

import datetime as dt
from collections.abc import Callable

import pytest
from asn1crypto import x509

from casework.signing.sm2_chain import way_up
from casework.signing.sm2_lines import Sm2Known, sm2_lines
from casework.signing.sm2_revocation import is_revoked
from tests.sm2_ca import SIGNS, Sm2Ca, referee

pytestmark = referee()

PDF = b"%PDF-1.7 a licence, sealed"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    pytest.importorskip("gmssl_pyx")
    return Sm2Ca(tmp_path_factory.mktemp("sm2"))


def without(data: bytes, place: int) -> bytes:
    return data[:place] + data[place + 1 :]


def emptied(data: bytes, place: int) -> bytes:
    return data[:place] + b"\0" + data[place + 1 :]


@pytest.mark.parametrize("damage", [without, emptied])
def test_a_file_that_lost_a_byte_is_refused(
    ca: Sm2Ca, damage: Callable[[bytes, int], bytes]
) -> None:
    file, known = ca.beside(PDF, NOW), Sm2Known(now=NOW, roots=(ca.der("root"),))

    for place in range(len(file)):
        damaged = damage(file, place)
        holds = [one.holds for one in sm2_lines("", PDF, damaged, known)]
        assert all(holds) == (damaged == file), place


@pytest.mark.parametrize("damage", [without, emptied])
def test_a_revocation_list_that_lost_a_byte_says_nothing(
    ca: Sm2Ca, damage: Callable[[bytes, int], bytes]
) -> None:
    way = [ca.der(name) for name in ("seal", "middle", "root")]
    upper, seals = ca.crl("root"), ca.crl("middle", "seal")

    for place in range(len(seals)):
        damaged = damage(seals, place)
        right = True if damaged == seals else None
        assert is_revoked(way, (upper, damaged), NOW) is right, place


def test_a_certificate_whose_signature_leaves_a_bit_out_is_not_trusted(
    ca: Sm2Ca,
) -> None:
    whole = ca.der("seal")
    while whole[-1] & 1:  # a bit that is set may not be left out anyway
        ca.issue("even", "middle", SIGNS)
        whole = ca.der("even")
    bits: bytes = x509.Certificate.load(whole)["signature_value"].contents
    place = whole.rindex(bits)
    changed = whole[:place] + b"\1" + whole[place + 1 :]
    between, root = (ca.der("middle"),), (ca.der("root"),)

    assert way_up(whole, between, root, NOW)
    assert not way_up(changed, between, root, NOW)
