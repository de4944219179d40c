"""The seal in a PKCS #11 token: a real one in software, and all that can be wrong."""

import asyncio
import dataclasses
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from casework.signing.device import SealAway
from casework.signing.key_files import UnusableKey
from casework.signing.notary import Notary
from casework.signing.verdicts import verify_pdf
from protocol.settings import BadSetting
from signaling.office_keys import open_notary
from signaling.settings import Settings
from signaling.token_address import BadAddress, read_address
from signaling.token_key import open_token
from tests.builders import FixedClock, an_authority, has
from tests.licensed_ca import MIDDLE, SEAL, Holder, a_holder, licensed
from tests.signaling.test_verification import a_pdf, sealed_by

PIN = "246813"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")
LIBRARY = next((one for one in LIBRARIES if Path(one).exists()), "")
with_token = pytest.mark.skipif(
    not has("softhsm2-util") or not LIBRARY, reason="softhsm2 is not installed"
)


class SoftToken:
    """A token in software, with a key and its certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir(parents=True)
        self.conf = folder / "softhsm2.conf"
        self.conf.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
        self.pin = folder / "pin"
        self.pin.write_text(f"{PIN}\n")
        self._tool("--init-token", "--free", "--so-pin", "0000")

    @property
    def address(self) -> str:
        return f"pkcs11:token=office;object=seal?module-path={LIBRARY}"

    def holds(self, holder: Holder, *certificates: Holder) -> None:
        form = PrivateFormat.PKCS8
        data = holder.key.private_bytes(Encoding.PEM, form, NoEncryption())
        (self.folder / "key.pem").write_bytes(data)
        self._tool("--import", str(self.folder / "key.pem"), "--id", "01")
        for number, one in enumerate(certificates):
            self._certificate("seal" if number == 0 else "other", one)

    def _tool(self, *words: str) -> None:
        label = "--label" if "--init-token" in words else "--token"
        named = [label, "office", "--pin", PIN]
        if "--import" in words:
            named += ["--label", "seal"]
        subprocess.run(
            ["softhsm2-util", *words, *named],
            env={"SOFTHSM2_CONF": str(self.conf)},
            check=True,
            capture_output=True,
        )

    def _certificate(self, label: str, holder: Holder) -> None:
        import pkcs11  # noqa: PLC0415  # optional

        library = pkcs11.lib(LIBRARY)
        library.reinitialize()
        token = library.get_token(token_label="office")
        with token.open(user_pin=PIN, rw=True) as session:
            name = pkcs11.Attribute
            session.create_object(
                {
                    name.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    name.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    name.LABEL: label,
                    name.SUBJECT: holder.certificate.subject.public_bytes(),
                    name.VALUE: holder.der,
                    name.TOKEN: True,
                }
            )


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftToken]:
    pytest.importorskip("pkcs11")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "soft" / "softhsm2.conf"))
    yield SoftToken(tmp_path / "soft")


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def settings_for(token: SoftToken, folder: Path) -> Settings:
    return dataclasses.replace(
        licensed(folder / "keys", Settings()),
        seal_file=token.address,
        seal_password_file=str(token.pin),
    )


async def opened(settings: Settings, closing: AsyncExitStack) -> Notary:
    clock = FixedClock(time.time())
    return await open_notary(settings, an_authority(), clock, closing)


EC_SEAL = a_holder("Seal", MIDDLE, key=ec.generate_private_key(ec.SECP256R1()))


@with_token
@pytest.mark.parametrize("seal", [SEAL, EC_SEAL], ids=["RSA", "ECDSA"])
async def test_a_token_seals_and_its_key_never_leaves_it(
    token: SoftToken, tmp_path: Path, closing: AsyncExitStack, seal: Holder
) -> None:
    token.holds(seal, seal, MIDDLE)
    notary = await opened(settings_for(token, tmp_path), closing)

    sealed = await sealed_by(notary)

    [verdict] = await asyncio.to_thread(verify_pdf, sealed, notary.known())
    assert verdict.good
    assert verdict.certificate == seal.der


@with_token
async def test_an_unplugged_token_is_told_and_found_again(
    token: SoftToken, tmp_path: Path, closing: AsyncExitStack
) -> None:
    token.holds(SEAL, SEAL, MIDDLE)
    notary = await opened(settings_for(token, tmp_path), closing)
    plugged, away = token.folder / "tokens", token.folder / "away"
    shutil.move(plugged, away)
    plugged.mkdir()

    with pytest.raises(SealAway, match="no token with this label"):
        await asyncio.to_thread(notary.seal, a_pdf(), "Seal")

    plugged.rmdir()
    shutil.move(away, plugged)
    assert (await asyncio.to_thread(notary.seal, a_pdf(), "Seal")).timed


@with_token
async def test_a_wrong_pin_stops_the_start_and_is_not_shown(
    token: SoftToken, tmp_path: Path, closing: AsyncExitStack
) -> None:
    token.holds(SEAL, SEAL, MIDDLE)
    token.pin.write_text("999999")

    with pytest.raises(BadSetting, match="the PIN is wrong") as raised:
        await opened(settings_for(token, tmp_path), closing)

    assert "999999" not in str(raised.value)


@with_token
def test_a_key_and_a_certificate_that_do_not_fit_are_refused(token: SoftToken) -> None:
    token.holds(SEAL, EC_SEAL)

    with pytest.raises(UnusableKey):
        open_token(token.address, PIN.encode())


@with_token
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("token=office", "token=another", "no token with this label"),
        ("object=seal", "object=another", "no such key"),
        (LIBRARY or "-", "/no/such/library.so", "library"),
    ],
)
def test_what_is_not_there_is_named(
    token: SoftToken, old: str, new: str, told: str
) -> None:
    token.holds(SEAL, SEAL)

    with pytest.raises(UnusableKey, match=told):
        open_token(token.address.replace(old, new), PIN.encode())


@with_token
def test_a_key_without_a_certificate_is_refused(token: SoftToken) -> None:
    token.holds(SEAL)

    with pytest.raises(UnusableKey, match="no certificate named seal"):
        open_token(token.address, PIN.encode())


def test_without_the_extra_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)

    with pytest.raises(UnusableKey, match=r"pip install 'smart-counter\[token\]'"):
        open_token("pkcs11:token=t;object=o?module-path=/m.so", b"1234")


async def test_an_issuer_cannot_lie_in_a_token(
    tmp_path: Path, closing: AsyncExitStack
) -> None:
    settings = dataclasses.replace(
        licensed(tmp_path, Settings()), issuer_file="pkcs11:token=t;object=o"
    )

    with pytest.raises(BadSetting, match="COUNTER_ISSUER_FILE"):
        await opened(settings, closing)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pkcs11:object=o?module-path=/m.so", "token is missing"),
        ("pkcs11:token=t?module-path=/m.so", "object is missing"),
        ("pkcs11:token=t;object=o", "module-path is missing"),
        ("pkcs11:token=t;object=o?module-path=/m.so&pin-value=1234", "no place"),
    ],
)
def test_half_an_address_is_told(text: str, told: str) -> None:
    with pytest.raises(BadAddress, match=told) as raised:
        read_address(text)

    assert "1234" not in str(raised.value)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        read_address(f"pkcs11:{text}")
    except BadAddress:
        return
