"""Who signs and who tells the time: embedded, or what the settings name."""

import dataclasses
import datetime as dt
import logging
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from casework.ports import Clock
from casework.signing.authority import Authority
from casework.signing.certificate_files import issuer_of_list, split
from casework.signing.keyring import Keyring
from casework.signing.notary import Notary
from casework.signing.trust import Trust
from protocol.settings import BadSetting
from signaling.engines import background
from signaling.licensed_keys import open_keyring, read_certificates
from signaling.revocations import Revocations
from signaling.settings import Settings
from signaling.sm2_key import open_sm2
from signaling.sm2_trust import sm2_trust
from signaling.time_authority import RemoteTime
from signaling.trust_files import listed_anchors, trust_files

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
    now = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    listed_anchors(trust_files(settings.trust_lists), now)  # tells what is wrong
    sm2_trust(settings, now)  # as above
    keyring = _with_clocks(settings, open_keyring(settings, authority, now))
    keyring = await _with_lists(settings, keyring, closing)
    keyring = dataclasses.replace(keyring, sm2=open_sm2(settings, now))
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
    trust = Trust(
        roots=old.roots,
        time_roots=old.time_roots + roots,
        chain=old.chain + between,
    )
    return dataclasses.replace(keyring, trust=trust)


async def _with_lists(
    settings: Settings, keyring: Keyring, closing: AsyncExitStack
) -> Keyring:
    """Return the keyring with the revocation lists of others, kept fresh."""
    places = _listed(settings.crls)
    if not places:
        if settings.tsa_urls or keyring.foreign_issuers():
            raise BadSetting(
                "COUNTER_CRLS: name the revocation lists of those under whom the "
                "keys stand, files or addresses; the certificates say where they are"
            )
        return keyring
    trust = keyring.trust
    revocations = Revocations(places, trust.for_time + trust.chain)
    await revocations.refresh()
    background(closing, revocations.run())
    keyring = dataclasses.replace(keyring, lists=revocations.lists)
    _warn_of_missing(keyring)
    return keyring


def _warn_of_missing(keyring: Keyring) -> None:
    there = {issuer_of_list(one) for one in keyring.lists()}
    for name, text in keyring.foreign_issuers().items():
        if name not in there:
            log.warning("no revocation list of %s: papers wait for their proof", text)


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
    time = RemoteTime(urls, trust.for_time, clock)
    closing.push_async_callback(time.close)
    hosts = [urlsplit(one).hostname for one in urls]
    log.info("time stamps by %s", ", ".join(map(str, hosts)))
    return time


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
