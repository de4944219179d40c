"""An authority for SM2 keys, made and checked by ``openssl``: our referee."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from casework.signing.certificate_files import certificates_in, revocations_in
from casework.signing.sm2 import sm3
from casework.signing.sm2_form import attributes_of, make_file
from tests.builders import has

IDENTITY = "distid:1234567812345678"
AUTHORITY = "basicConstraints=critical,CA:TRUE"
ISSUES = "keyUsage=critical,keyCertSign,cRLSign"
SIGNS = "keyUsage=critical,digitalSignature,nonRepudiation"

CONFIGURATION = """
[ca]
default_ca = x
[x]
database = lists/index
default_md = sm3
[part]
issuingDistributionPoint = critical, @users
[users]
onlyuser = TRUE
"""
"""Of ``openssl ca``; ``part`` is a list of some certificates only."""


def referee() -> pytest.MarkDecorator:
    """Skip where there is no ``openssl`` that knows SM2."""
    listed = ""
    if has("openssl"):
        words = ["openssl", "list", "-public-key-algorithms"]
        told = subprocess.run(words, capture_output=True, text=True, check=False)
        listed = told.stdout
    return pytest.mark.skipif("SM2" not in listed, reason="openssl knows no SM2 here")


class Sm2Ca:
    """A folder with a root, an authority under it, and whoever that one certifies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key("root")
        words = "-new -x509 -sm3 -days 3650 -key root.key -out root.pem"
        named = ["-subj", "/CN=Sm2 Root", "-sigopt", IDENTITY, "-addext", ISSUES]
        self.run("req", *words.split(), *named)
        self.issue("middle", "root", AUTHORITY + ",pathlen:0", ISSUES)
        self.issue("seal", "middle", SIGNS)

    def issue(self, name: str, above: str, *extensions: str) -> None:
        """Make ``name.key`` and ``name.pem``, certified by ``above``."""
        self._key(name)
        words = ["-new", "-sm3", "-key", f"{name}.key", "-out", f"{name}.csr"]
        self.run("req", *words, "-subj", f"/CN=Sm2 {name}", "-sigopt", IDENTITY)
        self._certify(name, above, *extensions)

    def _certify(self, name: str, above: str, *extensions: str) -> None:
        (self.folder / "extensions").write_text("\n".join(extensions))
        words = f"-req -sm3 -days 400 -in {name}.csr -CA {above}.pem -CAkey {above}.key"
        words += f" -out {name}.pem -extfile extensions"
        self.run("x509", *words.split(), "-sigopt", IDENTITY, "-vfyopt", IDENTITY)

    def crl(self, name: str, *revoked: str, part: bool = False) -> bytes:
        """Return the list (DER) of what ``name`` revoked, or a part; for 30 days."""
        folder = self.folder / "lists"
        folder.mkdir(exist_ok=True)
        (folder / "index").write_text("")
        (folder / "ca.conf").write_text(CONFIGURATION)
        words = f"-config lists/ca.conf -keyfile {name}.key -cert {name}.pem"
        more = [*words.split(), "-sigopt", IDENTITY]
        for one in revoked:
            self.run("ca", *more, "-revoke", f"{one}.pem")
        more += ["-crlexts", "part"] if part else []
        self.run("ca", *more, "-gencrl", "-crldays", "30", "-out", "list.pem")
        return revocations_in(self.pem("list.pem"))

    def _key(self, name: str) -> None:
        self.run("genpkey", "-algorithm", "SM2", "-out", f"{name}.key")

    def run(self, *words: str, check: bool = True) -> str:
        """Return what ``openssl`` says to ``words``."""
        done = subprocess.run(
            ["openssl", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout + done.stderr

    def pem(self, *names: str) -> bytes:
        return b"".join((self.folder / name).read_bytes() for name in names)

    def der(self, name: str) -> bytes:
        return certificates_in(self.pem(f"{name}.pem"))[0]

    def seal_file(self) -> bytes:
        """What an office puts into the file of its setting."""
        return self.pem("seal.key", "seal.pem", "middle.pem")

    def sign(self, data: bytes, name: str = "seal") -> bytes:
        """Return the signature that ``openssl`` makes of ``data``."""
        (self.folder / "data").write_bytes(data)
        words = f"-sign -rawin -digest sm3 -inkey {name}.key -in data -out signature"
        self.run("pkeyutl", *words.split(), "-pkeyopt", IDENTITY)
        return (self.folder / "signature").read_bytes()

    def beside(self, pdf: bytes, at: dt.datetime, name: str = "seal") -> bytes:
        """Return the file of a signature of ``pdf`` that ``openssl`` made."""
        attributes = attributes_of(sm3(pdf), at)
        signature = self.sign(attributes, name)
        return make_file(self.der(name), (self.der("middle"),), attributes, signature)

    def verifies(self, data: bytes, signature: bytes, name: str = "seal") -> bool:
        """Return whether ``openssl`` verifies ``signature`` of ``data``."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "signature").write_bytes(signature)
        public = self.run("x509", "-in", f"{name}.pem", "-noout", "-pubkey")
        (self.folder / "public").write_text(public)
        words = "-verify -rawin -digest sm3 -pubin -inkey public -in data"
        more = ["-sigfile", "signature", "-pkeyopt", IDENTITY]
        told = self.run("pkeyutl", *words.split(), *more, check=False)
        return "Successfully" in told

    def links_hold(self, *certificates: bytes) -> bool:
        """Return whether ``openssl`` finds each certificate (DER) issued by the next.

        Link by link: it takes the identity only for the certificate it is asked for.
        """
        for number, one in enumerate(certificates):
            (self.folder / "one.der").write_bytes(one)
            words = f"-inform DER -in one.der -out link{number}.pem"
            self.run("x509", *words.split())
        for number in range(len(certificates) - 1):
            words = f"-partial_chain -CAfile link{number + 1}.pem -vfyopt {IDENTITY}"
            asked = f"link{number}.pem"
            told = self.run("verify", *words.split(), asked, check=False)
            if f"{asked}: OK" not in told:
                return False
        return True
