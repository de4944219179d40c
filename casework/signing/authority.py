"""The local certificate authority: the embedded default, for development.

Without a licensed certificate authority a signature is reliable only as far as
the parties agree that it is; start-up and the verifier say so. Keys are EC
P-256, kept in one file that is sealed with the master key.
"""

import datetime as dt
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from casework import vault

FILE = "authority.sealed"
ROOT_YEARS = 20
SEAL_DAYS = 2 * 365
EVENT_MINUTES = 10
"""How long the certificate of one signing is valid: the ceremony, not longer."""

_PKCS8 = (
    serialization.Encoding.DER,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


class Identity(msgspec.Struct, frozen=True):
    """A private key (PKCS #8) and its certificate (X.509), both DER."""

    key: bytes
    certificate: bytes

    def __repr__(self) -> str:
        return "Identity(***)"


class Authority(msgspec.Struct, frozen=True):
    """Root, authority's seal, and the Ed25519 keys of tokens and of the log."""

    root: Identity
    seal: Identity
    log_key: bytes
    token_key: bytes

    def __repr__(self) -> str:
        return "Authority(***)"

    def for_one_signing(self, subject: str, now: dt.datetime) -> Identity:
        """Return a fresh key with a certificate of ``EVENT_MINUTES``.

        The caller signs once and lets it go: it is stored nowhere (E-Signature
        Law of the PRC, article 13, conditions 1 and 2).
        """
        lasts = dt.timedelta(minutes=EVENT_MINUTES)
        return _issue(subject, self.root, now, lasts)

    def log_signer(self) -> Ed25519PrivateKey:
        """Return the key that signs checkpoints of the evidence log."""
        return Ed25519PrivateKey.from_private_bytes(self.log_key)

    def token_signer(self) -> Ed25519PrivateKey:
        """Return the key that signs session tokens."""
        return Ed25519PrivateKey.from_private_bytes(self.token_key)


def open_authority(folder: Path, master: bytes, office: str) -> Authority:
    """Read the authority in ``folder``, or make it on the first start."""
    path = folder / FILE
    if path.exists():
        plain = vault.unseal(master, FILE, path.read_bytes())
        return msgspec.msgpack.decode(plain, type=Authority)
    authority = make_authority(office, dt.datetime.now(dt.UTC))
    sealed = vault.seal(master, FILE, msgspec.msgpack.encode(authority))
    half = path.with_suffix(".new")
    half.write_bytes(sealed)
    half.replace(path)
    return authority


def make_authority(office: str, now: dt.datetime) -> Authority:
    """Return a new authority with a seal in the name of ``office``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Smart Counter development root")
    lasts = dt.timedelta(days=365 * ROOT_YEARS)
    builder = _builder(name, name, key.public_key(), now, lasts)
    builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    root = Identity(key.private_bytes(*_PKCS8), _der(certificate))
    return Authority(
        root=root,
        seal=_issue(office, root, now, dt.timedelta(days=SEAL_DAYS)),
        log_key=Ed25519PrivateKey.generate().private_bytes_raw(),
        token_key=Ed25519PrivateKey.generate().private_bytes_raw(),
    )


def _issue(
    subject: str, root: Identity, now: dt.datetime, lasts: dt.timedelta
) -> Identity:
    issuer_key = serialization.load_der_private_key(root.key, None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    issuer = x509.load_der_x509_certificate(root.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(subject), issuer.subject, key.public_key(), now, lasts)
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer_key.public_key()
    )
    builder = builder.add_extension(issuer_id, critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    return Identity(key.private_bytes(*_PKCS8), _der(certificate))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    lasts: dt.timedelta,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
    builder = builder.public_key(public).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(minutes=1))
    builder = builder.not_valid_after(now + lasts)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return builder.add_extension(identifier, critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
