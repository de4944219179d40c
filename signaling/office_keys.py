"""Who signs and who tells the time: embedded, or what the settings name."""

import dataclasses
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from casework.errors import Unreadable
from casework.ports import Clock
from casework.signing.authority import Authority
from casework.signing.certificate_files import certificates_in, split
from casework.signing.keyring import Keyring, own_keyring
from casework.signing.notary import Notary
from casework.signing.trust import Trust
from protocol.settings import BadSetting
from signaling.engines import background
from signaling.revocations import Revocations
from signaling.settings import Settings
from signaling.time_authority import RemoteTime

log = logging.getLogger(__name__)


async def open_notary(
    settings: Settings, authority: Authority, clock: Clock, closing: AsyncExitStack
) -> Notary:
    """Return what signs for the office, and say what of it is embedded.

    Raises:
        BadSetting: keys, certificates or addresses that cannot be used.
    """
    if not settings.escrow_key:
        log.warning("strokes are locked with a key that this server holds itself")
    log.warning("embedded certificate authority: an agreement, no licence")
    keyring = await _with_lists(
        settings, _with_clocks(settings, own_keyring(authority)), closing
    )
    time = _open_time(settings, keyring.trust, clock, closing)
    escrow = bytes.fromhex(settings.escrow_key)
    return Notary(authority, time, escrow=escrow, keyring=keyring)


def _with_clocks(settings: Settings, keyring: Keyring) -> Keyring:
    """Return the keyring with the roots of the time stamp authorities."""
    if not settings.tsa_urls:
        return keyring
    roots, between = split(read_certificates(settings.tsa_roots, "COUNTER_TSA_ROOTS"))
    if not roots:
        raise BadSetting(
            "COUNTER_TSA_ROOTS: none of the certificates in it is a root; name the "
            "file that the time stamp authority publishes"
        )
    old = keyring.trust
    trust = Trust(roots=old.roots, time_roots=roots, chain=old.chain + between)
    return dataclasses.replace(keyring, trust=trust)


async def _with_lists(
    settings: Settings, keyring: Keyring, closing: AsyncExitStack
) -> Keyring:
    """Return the keyring with the revocation lists of others, kept fresh."""
    places = _listed(settings.crls)
    if not places:
        return keyring
    trust = keyring.trust
    revocations = Revocations(places, trust.for_time + trust.chain)
    await revocations.refresh()
    background(closing, revocations.run())
    return dataclasses.replace(keyring, lists=revocations.lists)


def _open_time(
    settings: Settings, trust: Trust, clock: Clock, closing: AsyncExitStack
) -> RemoteTime | None:
    urls = _listed(settings.tsa_urls)
    if not urls:
        log.warning("embedded time stamp authority: the office's own word")
        return None
    for url in urls:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise BadSetting("COUNTER_TSA_URLS: http://... or https://..., with commas")
    if not settings.crls:
        raise BadSetting(
            "COUNTER_CRLS: name the revocation lists of the time stamp authority, "
            "files or addresses; its certificates say where they are published"
        )
    time = RemoteTime(urls, trust.for_time, clock)
    closing.push_async_callback(time.close)
    hosts = [urlsplit(one).hostname for one in urls]
    log.info("time stamps by %s", ", ".join(map(str, hosts)))
    return time


def read_certificates(path: str, setting: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) in the file that a setting names.

    Raises:
        BadSetting: no such file, or no certificates in it.
    """
    try:
        return certificates_in(Path(path).read_bytes())
    except OSError as error:
        raise BadSetting(f"{setting}: {path or '(empty)'} cannot be read") from error
    except Unreadable as error:
        raise BadSetting(
            f"{setting}: no certificates (PEM or DER) in {path}"
        ) from error


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
