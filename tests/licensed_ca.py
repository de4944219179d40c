"""A licensed authority as an office meets it: a chain, a seal, an issuer, in files."""

import dataclasses
import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from signaling.settings import Settings

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)
PASSWORD = b"four sheets to the wind"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    def pem(self, password: bytes = b"") -> bytes:
        hidden = BestAvailableEncryption(password) if password else NoEncryption()
        form = PrivateFormat.PKCS8
        return self.certificate.public_bytes(Encoding.PEM) + self.key.private_bytes(
            Encoding.PEM, form, hidden
        )

    def p12(self, *others: "Holder") -> bytes:
        held = [one.certificate for one in others]
        hidden = BestAvailableEncryption(PASSWORD)
        return pkcs12.serialize_key_and_certificates(
            b"seal", self.key, self.certificate, held, hidden
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def revocations(self, *serials: int) -> bytes:
        builder = x509.CertificateRevocationListBuilder()
        builder = builder.issuer_name(self.certificate.subject)
        builder = builder.last_update(NOW).next_update(NOW + 7 * DAY)
        for serial in serials:
            gone = x509.RevokedCertificateBuilder().serial_number(serial)
            gone = gone.revocation_date(NOW)
            builder = builder.add_revoked_certificate(gone.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def a_holder(
    name: str,
    above: Holder | None = None,
    *,
    authority: bool = False,
    key: Key | None = None,
    days: tuple[int, int] = (-1, 400),
    commitment: bool = True,
) -> Holder:
    """Return a key with a certificate by ``above``, or by itself."""
    key = key or ec.generate_private_key(ec.SECP384R1())
    subject = _name(name)
    issuer = above.certificate.subject if above else subject
    builder = x509.CertificateBuilder(issuer, subject, key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(NOW + days[0] * DAY)
    builder = builder.not_valid_after(NOW + days[1] * DAY)
    builder = builder.add_extension(x509.BasicConstraints(authority, None), True)
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=commitment and not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(usage, True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, False)
    certificate = builder.sign(above.key if above else key, hashes.SHA256())
    return Holder(key=key, certificate=certificate)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


ROOT = a_holder("Licensed root", authority=True)
MIDDLE = a_holder(
    "Licensed middle", ROOT, authority=True, key=rsa.generate_private_key(65537, 2048)
)
SEAL = a_holder("示范市 office seal", MIDDLE, key=rsa.generate_private_key(65537, 2048))
ISSUER = a_holder("Office issuer", ROOT, authority=True)


def licensed(folder: Path, settings: Settings) -> Settings:
    """Return settings that name files of a seal and an issuer in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "seal.p12": SEAL.p12(MIDDLE),
        "issuer.pem": ISSUER.pem(PASSWORD),
        "password": PASSWORD + b"\n",
        "roots.pem": ROOT.certificate.public_bytes(Encoding.PEM),
        "root.crl": ROOT.revocations(),
        "middle.crl": MIDDLE.revocations(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return dataclasses.replace(
        settings,
        roots=str(folder / "roots.pem"),
        seal_file=str(folder / "seal.p12"),
        seal_password_file=str(folder / "password"),
        issuer_file=str(folder / "issuer.pem"),
        issuer_password_file=str(folder / "password"),
        crls=f"{folder / 'root.crl'},{folder / 'middle.crl'}",
    )
