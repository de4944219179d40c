"""Forged, old and foreign tokens."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from signaling import tokens
from signaling.tokens import BadToken

KEY = Ed25519PrivateKey.generate()
NOW = time.time()


def claims(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "iss": tokens.ISSUER,
        "aud": tokens.DESK,
        "iat": int(NOW),
        "exp": int(NOW) + 60,
        "jti": "1",
        "sub": "clerk",
    }
    body |= changes
    return {name: value for name, value in body.items() if value is not None}


def test_our_own_token_is_read() -> None:
    token = tokens.issue(KEY, tokens.DESK, 60, time.time(), sub="clerk")

    assert tokens.read(KEY.public_key(), token, tokens.DESK)["sub"] == "clerk"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"exp": int(NOW) - 5}, id="expired"),
        pytest.param({"exp": None}, id="never expires"),
        pytest.param({"aud": tokens.PLAY}, id="for something else"),
        pytest.param({"iss": "somebody"}, id="by somebody else"),
        pytest.param({"jti": None}, id="without id"),
        pytest.param({"iat": None}, id="without time"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(change: dict[str, object]) -> None:
    token = jwt.encode(claims(**change), KEY, algorithm="EdDSA")

    with pytest.raises(BadToken):
        tokens.read(KEY.public_key(), token, tokens.DESK)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(jwt.encode(claims(), "", algorithm="none"), id="unsigned"),
        pytest.param(
            jwt.encode(claims(), "k" * 32, algorithm="HS256"), id="shared key"
        ),
        pytest.param(
            jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA"),
            id="another key",
        ),
        pytest.param("a." * 5000, id="too long"),
    ],
)
def test_a_forged_token_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        tokens.read(KEY.public_key(), token, tokens.DESK)


@given(st.text(max_size=300))
def test_garbage_is_no_token(text: str) -> None:
    with pytest.raises(BadToken):
        tokens.read(KEY.public_key(), text, tokens.DESK)
    with pytest.raises(BadToken):
        tokens.unverified_issuer(text)
