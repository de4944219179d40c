"""The page's own SM2: the vectors of the standards, and the verdicts of the command."""

import base64
import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.signing.sm2 import sm3
from casework.signing.sm2_form import LARGEST, attributes_of, make_file
from casework.signing.sm2_lines import Sm2Known, sm2_lines
from install.node import run_node
from tests.builders import ROOT
from tests.sm2_ca import AUTHORITY, ISSUES, SIGNS, Sm2Ca, referee

SOURCE = ROOT / "web/verify/src"
CALL = """
const said = JSON.parse(await new Response(process.stdin).text());
const { folder, digests, signed, files } = said;
const bytes = (packed) => Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
const { sm3 } = await import(`${folder}/sm3.ts`);
const { isSignedBy } = await import(`${folder}/sm2.ts`);
const { beside } = await import(`${folder}/beside.ts`);
const { trustedIn } = await import(`${folder}/trusted.ts`);
const hex = (data) => Buffer.from(data).toString("hex");
console.log(JSON.stringify({
  digests: digests.map((one) => hex(sm3(bytes(one)))),
  signed: signed.map((row) => isSignedBy(...row.map(bytes))),
  files: files.map(({ pdf, file, roots, lists, now }) => {
    const members = new Map([["a.pdf", bytes(pdf)], ["a.pdf.sm2", bytes(file)]]);
    const held = roots.flatMap((one) => trustedIn(bytes(one)).roots);
    const known = { now, roots: held, lists: lists.map(bytes) };
    return beside(members, known).map((one) => [one.name, one.holds, one.known]);
  }),
}));
"""
PDF = b"%PDF-1.7 a licence, sealed"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=1)
Lines = list[list[Any]]
REFUSED: Lines = [["check-sm2-covers", False, True]]


def in_node(**asked: list[Any]) -> dict[str, list[Any]]:
    """What the page's own modules say, run without a page."""
    said = {"folder": SOURCE.as_uri(), "digests": [], "signed": [], "files": []}
    flags = ("--no-warnings", "--input-type=module", "-e", CALL)
    done = run_node(*flags, text=json.dumps(said | asked))
    assert done.returncode == 0, done.stderr
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def asked(file: bytes, *roots: bytes, lists: tuple[bytes, ...] = ()) -> dict[str, Any]:
    told = {"roots": [packed(one) for one in roots], "now": NOW.timestamp() * 1000}
    held = {"lists": [packed(one) for one in lists]}
    return {"pdf": packed(PDF), "file": packed(file), **told, **held}


def test_sm3_gives_the_digests_of_the_standard() -> None:
    messages = (b"abc", b"abcd" * 16)

    found = in_node(digests=[packed(one) for one in messages])

    # GB/T 32905-2016, annex A.
    assert found["digests"] == [
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    ]


def test_sm3_is_the_same_at_every_length() -> None:
    random.seed(3)
    messages = [random.randbytes(size) for size in (*range(200), 5000, 100_001)]

    found = in_node(digests=[packed(one) for one in messages])

    assert found["digests"] == [sm3(one).hex() for one in messages]


POINT = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def pair(r: int, s: int) -> bytes:
    """Two numbers as a signature (DER), also those that no signature can have."""
    body = b""
    for one in (r, s):
        data = one.to_bytes(one.bit_length() // 8 + 1, "big")
        body += bytes([2, len(data)]) + data
    return bytes([0x30, len(body)]) + body


def test_the_signature_of_the_standard_is_verified_and_nothing_near_it() -> None:
    point, data, right = bytes.fromhex(POINT), b"message digest", pair(R, S)
    off = point[:-1] + bytes([point[-1] ^ 1])
    wrong = [
        (point, data + b".", right),
        (off, data, right),
        (bytes(64), data, right),
        (point[:-1], data, right),
        *((point, data, pair(*one)) for one in ((0, S), (R, 0), (R + ORDER, S))),
        *((point, data, pair(*one)) for one in ((R, S + ORDER), (R, ORDER - R))),
        (point, data, right + b"\0"),
        (point, data, right[:-1]),
        (point, data, b""),
        (point, data, pair(1 << 4000 % 256, S)),
    ]

    rows = [[packed(one) for one in row] for row in [(point, data, right), *wrong]]
    found = in_node(signed=rows)

    # GB/T 32918.5-2017, annex A.2.
    assert found["signed"] == [True] + [False] * len(wrong)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    made = Sm2Ca(tmp_path_factory.mktemp("sm2"))
    made.issue("cipher", "middle", "keyUsage=critical,keyEncipherment")
    made.issue("under-seal", "seal", SIGNS)
    made.issue("deep", "middle", AUTHORITY, ISSUES)
    made.issue("too-deep", "deep", SIGNS)
    made.issue("odd", "middle", SIGNS, "1.2.3.4=critical,DER:0500")
    made.issue(
        "plain", "middle", SIGNS, "1.2.3.4=DER:0500", "basicConstraints=CA:FALSE"
    )
    return made


def by_openssl(
    ca: Sm2Ca, name: str, *others: str, at: dt.datetime = NOW, pdf: bytes = PDF
) -> bytes:
    attributes = attributes_of(sm3(pdf), at)
    between = tuple(ca.der(one) for one in others)
    return make_file(ca.der(name), between, attributes, ca.sign(attributes, name))


def variants(ca: Sm2Ca) -> Iterator[bytes]:
    """Signatures of everybody who may and may not sign, at every time."""
    for name in ("seal", "plain", "cipher", "odd", "middle"):
        yield by_openssl(ca, name, "middle")
    yield by_openssl(ca, "seal")
    yield by_openssl(ca, "seal", "deep", "middle", "root")
    yield by_openssl(ca, "under-seal", "seal", "middle")
    yield by_openssl(ca, "too-deep", "deep", "middle")
    yield by_openssl(ca, "deep", "middle")
    for days in (-500, -3, 0, 1, 398, 401, 40_000):
        yield by_openssl(ca, "seal", "middle", at=NOW + dt.timedelta(days=days))
    yield by_openssl(ca, "seal", "middle", pdf=PDF + b" ")


def damaged(file: bytes) -> Iterator[bytes]:
    """The file with a bit turned, bytes taken out or put in, and cut anywhere."""
    for place in range(len(file)):
        changed = bytes([file[place] ^ 1 << place % 8])
        yield file[:place] + changed + file[place + 1 :]
        yield file[:place] + file[place + 1 :]
    for cut in range(0, len(file), 97):
        yield file[:cut]
    random.seed(7)
    for _ in range(200):
        place, piece = random.randrange(len(file)), random.randbytes(3)
        yield file[:place] + piece + file[place + len(piece) :]
    yield from (file + b"\0", file * 2, b"", b"0" * LARGEST, file + bytes(LARGEST))


def by_python(file: bytes, *roots: bytes, lists: tuple[bytes, ...] = ()) -> Lines:
    found = sm2_lines("", PDF, file, Sm2Known(now=NOW, roots=roots, lists=lists))
    return [[one.name, one.holds, one.known] for one in found]


@referee()
def test_the_page_gives_everybody_the_verdict_of_the_command(ca: Sm2Ca) -> None:
    pytest.importorskip("gmssl_pyx")
    root, other = ca.der("root"), ca.der("middle")
    given_roots = ((root,), (other,), (other, root), (), (ca.pem("root.pem"),))
    tried = [(file, roots) for file in variants(ca) for roots in given_roots]

    found = in_node(files=[asked(file, *roots) for file, roots in tried])

    for (file, roots), told in zip(tried, found["files"], strict=True):
        der = (root,) if roots == (ca.pem("root.pem"),) else roots
        assert told == by_python(file, *der)
    good = [told for told in found["files"] if all(one[1] for one in told)]
    assert len(good) > 10


@referee()
def test_the_page_finds_whatever_damage_the_command_finds(ca: Sm2Ca) -> None:
    pytest.importorskip("gmssl_pyx")
    root, file = ca.der("root"), by_openssl(ca, "seal", "middle")
    tried = list(damaged(file))

    found = in_node(files=[asked(one, root) for one in tried])

    for one, told in zip(tried, found["files"], strict=True):
        # The page reads nothing but DER, and may refuse as a whole what the command
        # takes apart; neither ever calls it good.
        right = by_python(one, root)
        assert told in (right, REFUSED), right
        assert not all(holds for _, holds, _ in right)
    assert in_node(files=[asked(file, root)])["files"] == [by_python(file, root)]


def lists_of(ca: Sm2Ca) -> Iterator[tuple[bytes, ...]]:
    """Lists of everybody on the way and of others: whole, in parts, forged, damaged."""
    upper, none, seals = ca.crl("root"), ca.crl("middle"), ca.crl("middle", "seal")
    part, above = ca.crl("middle", part=True), ca.crl("root", "middle")
    yield from ((upper, none), (none, upper), (upper, seals), (seals,), (none,))
    yield from ((upper,), (none, above), (upper, part), (upper, ca.crl("seal")))
    yield from ((upper, b"nothing"), (upper, none, seals), (upper, b""))
    for place in range(0, len(seals), 3):
        turned = bytes([seals[place] ^ 1 << place % 8])
        yield upper, seals[:place] + turned + seals[place + 1 :]
    for cut in range(0, len(none), 29):
        yield upper, none[:cut]


@referee()
def test_the_page_finds_who_was_revoked_as_the_command_does(ca: Sm2Ca) -> None:
    pytest.importorskip("gmssl_pyx")
    root, file = ca.der("root"), by_openssl(ca, "seal", "middle")
    tried = list(lists_of(ca))

    found = in_node(files=[asked(file, root, lists=one) for one in tried])

    for lists, told in zip(tried, found["files"], strict=True):
        assert told == by_python(file, root, lists=lists)
    ends = {tuple(told[3]) for told in found["files"]}
    name = "check-sm2-revocation"
    assert ends == {
        (name, *one) for one in ((True, True), (False, True), (False, False))
    }


@pytest.fixture(scope="module")
def whole(ca: Sm2Ca) -> bytes:
    return by_openssl(ca, "seal", "middle")


@referee()
@settings(max_examples=20)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    pieces = data.draw(st.lists(st.binary(max_size=60), max_size=30))
    files = [whole[:place] + one + whole[place + len(one) :] for one in pieces]

    found = in_node(files=[asked(one) for one in [*files, *pieces]])

    for told in found["files"][len(files) :]:
        assert told == REFUSED
