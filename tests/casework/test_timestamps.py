"""The embedded time stamp authority speaks RFC 3161 as others read it."""

import datetime as dt
import hashlib
import subprocess
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from casework.signing.timestamps import (
    LARGEST_REQUEST,
    NoTime,
    OwnTime,
    TimeSource,
    timestamp,
)
from tests.builders import an_authority, has

AUTHORITY = an_authority()
NOW = dt.datetime.now(dt.UTC)
ABOUT = b"what is stamped"
DIGEST = hashlib.sha256(ABOUT).digest()


def own_time() -> OwnTime:
    assert AUTHORITY.time is not None, "just made"
    return OwnTime(AUTHORITY.time, lambda: NOW)


CLOCK = own_time()


class Silent:
    """An authority that nobody reaches."""

    def reply(self, request: bytes) -> bytes:
        raise NoTime("away")


class Confused:
    """An authority that answers what somebody else asked."""

    def reply(self, request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        asked["message_imprint"]["hashed_message"] = b"\0" * 32
        return own_time().reply(asked.dump(force=True))


class Babbling:
    """Something that is no authority at all."""

    def reply(self, request: bytes) -> bytes:
        return b"<html>503</html>"


def test_a_token_names_the_digest_and_the_time() -> None:
    token = timestamp(own_time(), DIGEST)

    info = tsp.ContentInfo.load(token)["content"]["encap_content_info"]["content"]
    imprint = info.parsed["message_imprint"]["hashed_message"].native
    assert imprint == DIGEST
    assert info.parsed["gen_time"].native == NOW.replace(microsecond=0)


def test_no_two_tokens_have_the_same_number() -> None:
    numbers = {
        tsp.ContentInfo.load(timestamp(own_time(), DIGEST))["content"][
            "encap_content_info"
        ]["content"]
        .parsed["serial_number"]
        .native
        for _ in range(20)
    }

    assert len(numbers) == 20


@pytest.mark.parametrize("source", [Silent(), Confused(), Babbling()])
def test_what_is_no_token_for_this_digest_is_no_time(source: TimeSource) -> None:
    with pytest.raises(NoTime):
        timestamp(source, DIGEST)


@given(st.binary(max_size=200))
def test_garbage_is_refused_in_the_words_of_the_standard(request: bytes) -> None:
    assert status_of(CLOCK.reply(request))["status"].native == "rejection"


def test_a_request_of_many_bytes_is_refused_unread() -> None:
    reply = CLOCK.reply(b"0" * (LARGEST_REQUEST + 1))

    assert status_of(reply)["fail_info"].native == {"bad_data_format"}


def status_of(refusal: bytes) -> tsp.PKIStatusInfo:
    """Return what a reply of a status and nothing else says (RFC 3161, 2.4.2)."""
    assert refusal[:2] == bytes([0x30, len(refusal) - 2])
    return tsp.PKIStatusInfo.load(refusal[2:])


@pytest.mark.skipif(not has("openssl"), reason="openssl is not installed")
def test_openssl_agrees_with_our_time_stamps(tmp_path: Path) -> None:
    (tmp_path / "about").write_bytes(ABOUT)
    root = x509.load_der_x509_certificate(AUTHORITY.root.certificate)
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    openssl(tmp_path, "-query", "-data", "about", "-sha256", "-cert", "-out", "asked")
    (tmp_path / "reply").write_bytes(
        own_time().reply((tmp_path / "asked").read_bytes())
    )

    names = ["-verify", "-in", "reply", "-CAfile", "root.pem"]

    assert "OK" in openssl(tmp_path, *names, "-data", "about")
    assert "OK" in openssl(tmp_path, *names, "-queryfile", "asked")
    (tmp_path / "about").write_bytes(ABOUT + b"!")
    assert "FAILED" in openssl(tmp_path, *names, "-data", "about")


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["openssl", "ts", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
