"""The validation report of ETSI TS 119 102-2 (v1.2.1) for a signed PDF."""

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from xml.etree.ElementTree import (  # writes only, reads nothing
    Element,
    SubElement,
    indent,
    register_namespace,
    tostring,
)

from casework.signing.verdicts import Verdict

VR = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
PASSED, FAILED, OPEN = "total-passed", "total-failed", "indeterminate"
PROCESS = "urn:etsi:019102:validationprocess:LTA"


def etsi_report(verdicts: Sequence[Verdict], now: dt.datetime) -> bytes:
    """Return the report as XML (UTF-8), one element for each signature.

    It is not signed: who has to rely on it runs the same checks.
    """
    register_namespace("vr", VR)
    register_namespace("ds", DS)
    report = Element(f"{{{VR}}}ValidationReport")
    for one in verdicts:
        _signature(SubElement(report, f"{{{VR}}}SignatureValidationReport"), one, now)
    if verdicts:
        objects = SubElement(report, f"{{{VR}}}SignatureValidationObjects")
        for certificate in dict.fromkeys(one.certificate for one in verdicts):
            _certificate(objects, certificate)
    indent(report)
    made: bytes = tostring(report, encoding="utf-8", xml_declaration=True)
    return made


def indication(verdict: Verdict) -> tuple[str, str]:
    """Return main indication and sub-indication (EN 319 102-1, tables 5 and 6)."""
    findings = (
        (not verdict.intact, FAILED, "HASH_FAILURE"),
        (not verdict.whole or not verdict.changes_allowed, FAILED, "FORMAT_FAILURE"),
        (verdict.shown is not None and not verdict.shown.holds, FAILED, "HASH_FAILURE"),
        (not verdict.chain, OPEN, "NO_CERTIFICATE_CHAIN_FOUND"),
        (verdict.revoked is True, OPEN, "REVOKED_NO_POE"),
        (not verdict.proven, OPEN, "NO_POE"),
        (not verdict.listed, OPEN, "CHAIN_CONSTRAINTS_FAILURE"),
        (verdict.revoked is None, OPEN, "TRY_LATER"),
    )
    for found, main, sub in findings:
        if found:
            return main, sub
    return PASSED, ""


def _signature(into: Element, one: Verdict, now: dt.datetime) -> None:
    name = _in(into, "SignatureIdentifier")
    _digest(name, one.attributes)
    value = SubElement(name, f"{{{DS}}}SignatureValue")
    value.text = base64.b64encode(one.value).decode()
    _in(name, "HashOnly", "false")
    _in(name, "DocHashOnly", "false")
    times = _in(into, "ValidationTimeInfo")
    _in(times, "ValidationTime", _time(now))
    best = _in(times, "BestSignatureTime")
    _in(best, "POETime", _time(one.at if one.proven and one.at else now))
    _in(best, "TypeOfProof", "urn:etsi:019102:poetype:validation")
    _digest(_in(into, "SignersDocument"), one.digest)
    who = _in(into, "SignerInformation")
    certificate = _in(who, "SignerCertificate")
    certificate.set("VOReference", _name_of(one.certificate))
    _in(who, "Signer", one.signer)
    process = _in(into, "SignatureValidationProcess")
    _in(process, "SignatureValidationProcessID", PROCESS)
    main, sub = indication(one)
    status = _in(into, "SignatureValidationStatus")
    _in(status, "MainIndication", f"urn:etsi:019102:mainindication:{main}")
    if sub:
        _in(status, "SubIndication", f"urn:etsi:019102:subindication:{sub}")


def _certificate(into: Element, certificate: bytes) -> None:
    found = _in(into, "ValidationObject")
    found.set("id", _name_of(certificate))
    _in(found, "ObjectType", "urn:etsi:019102:validationObject:certificate")
    held = _in(found, "ValidationObjectRepresentation")
    _in(held, "base64", base64.b64encode(certificate).decode())


def _digest(into: Element, digest: bytes) -> None:
    pair = _in(into, "DigestAlgAndValue")
    SubElement(pair, f"{{{DS}}}DigestMethod").set("Algorithm", SHA256)
    value = SubElement(pair, f"{{{DS}}}DigestValue")
    value.text = base64.b64encode(digest).decode()


def _in(into: Element, name: str, text: str = "") -> Element:
    made = SubElement(into, f"{{{VR}}}{name}")
    made.text = text or None
    return made


def _name_of(certificate: bytes) -> str:
    return f"vo-cert-{hashlib.sha256(certificate).hexdigest()}"


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
