"""A licence in the forms of others: a W3C credential, and metadata as GB/T 36903 asks.

The credential is one of the VC data model 2.0, secured as VC-JOSE-COSE says: a JWT
of type ``vc+jwt`` with the same key as the codes. Any wallet or verifier that knows
the standard reads it; the published keys (``keys.json``) verify it.
"""

import datetime as dt
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from casework import cose
from casework.errors import BadCode
from casework.licence_record import LicenceRecord
from casework.papers.receipt import ZONE

CONTEXTS: Final = ["https://www.w3.org/ns/credentials/v2"]
TYPE: Final = "vc+jwt"
LONGEST: Final = 65_536
"""Characters of a credential; a licence's has a twentieth."""


def credential(
    record: LicenceRecord, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> str:
    """Return the licence as a signed verifiable credential.

    Args:
        record: what the licence says; personal data with it, so this is the holder's.
        issuer: the address of the office, as it publishes its keys.
        signer: the key of the codes.
    """
    claims: dict[str, Any] = {
        "@context": CONTEXTS,
        "type": ["VerifiableCredential"],
        "id": f"urn:licence:{record.identifier}",
        "issuer": {"id": issuer, "name": record.authority},
        "name": record.words,
        "validFrom": _moment(record.issued),
        "credentialSubject": {
            "name": record.holder,
            "licence": {row.name: row.value for row in record.rows},
        },
        "digestMultibase": "f" + record.digest().hex(),
    }
    if record.until:
        last = dt.date.fromisoformat(record.until) + dt.timedelta(days=1)
        claims["validUntil"] = _moment(last.isoformat())
    headers = {"typ": TYPE, "cty": "vc", "kid": cose.public_key(signer).kid}
    return jwt.encode(claims, signer, algorithm="ES256", headers=headers)


def read_credential(token: str, keys: cose.KeySet) -> dict[str, Any]:
    """Return what a credential says, if one of ``keys`` signed it.

    Raises:
        BadCode: another kind of token, or not signed by this office.
    """
    try:
        if len(token) > LONGEST:
            raise BadCode("too long")
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE:
            raise BadCode("not a credential")
        public = cose.key_named(str(header.get("kid")), keys)
        found: dict[str, Any] = jwt.decode(token, public, algorithms=["ES256"])
    except jwt.InvalidTokenError as error:
        raise BadCode("credential") from error
    return found


def metadata(record: LicenceRecord, kind_code: str, issuer_code: str) -> dict[str, str]:
    """Return the basic metadata of an electronic licence, under their Chinese names.

    The names are those that GB/T 36903-2018 gives its basic elements, as far as the
    public texts about it say; an office compares them with its copy of the standard.
    """
    return {
        "电子证照标识": record.identifier,
        "证照类型名称": record.words,
        "证照类型代码": kind_code,
        "证照编号": record.number,
        "证照颁发机构": record.authority,
        "证照颁发机构代码": issuer_code,
        "证照颁发日期": record.issued,
        "证照有效期起始日期": record.issued,
        "证照有效期截止日期": record.until,
        "持证主体": record.holder,
    }


def _moment(day: str) -> str:
    return dt.datetime.fromisoformat(day).replace(tzinfo=ZONE).isoformat()
