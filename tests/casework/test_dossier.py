"""A dossier proves its case by itself, and names whatever was changed in it."""

import asyncio
import hashlib
import io
import zipfile

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework import merkle
from casework.archive import pack, unpack
from casework.dossier_form import (
    KEYS,
    MANIFEST,
    STAMPED,
    WITNESSES,
    Keys,
    read_manifest,
)
from casework.errors import NotFound, Unreadable
from casework.evidence import Checkpoint, make_leaf, read_leaf
from casework.ports import Entry
from casework.redact import redact
from casework.verify_dossier import key_fingerprint, verify_dossier, withheld
from protocol.ids import CaseId
from tests.casework.made_dossiers import of_two_signers, signatures_once, two_dossiers
from tests.casework.mutations import Json, Mutation, edited, mutations

Parts = tuple[bytes, bytes]


def verdict(dossier: bytes) -> list[str]:
    """Everything that does not hold, in words."""
    try:
        checks = verify_dossier(dossier, signatures_once)
    except Unreadable as error:
        return [str(error)]
    return [f"{c.name} {c.about} {c.detail}" for c in checks if not c.holds]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """Two dossiers of one case: the second when its licence had been printed."""
    return asyncio.run(two_dossiers(tmp_path_factory.mktemp("office")))


def test_a_dossier_is_verified_without_us(parts: Parts) -> None:
    for dossier in parts:
        assert verdict(dossier) == []


def test_a_dossier_holds_the_case_and_any_zip_tool_opens_it(parts: Parts) -> None:
    with zipfile.ZipFile(io.BytesIO(parts[1])) as box:
        names = set(box.namelist())

    wanted = {"record.json", "form.json", "papers.json", "item.json", MANIFEST}
    assert wanted | {"application.pdf", "receipt.pdf", "licence.pdf"} <= names
    assert sum(name.endswith("-original.jpg") for name in names) == 1
    assert sum(name.startswith("materials/") for name in names) == 4


def test_the_receipt_is_the_applicants_until_its_code_is_used(
    parts: Parts,
) -> None:
    assert "receipt.pdf" not in unpack(parts[0])[0]


def test_every_change_of_a_dossier_is_caught_and_named(parts: Parts) -> None:
    unnoticed, unnamed, tried = [], [], 0
    for what, changed, word in mutations(parts[1], parts[0]):
        assert changed != parts[1], what
        said = verdict(changed)
        tried += 1
        if not said:
            unnoticed.append(what)
        elif not any(word in one for one in said):
            unnamed.append((what, word, said[:3]))

    assert unnoticed == []
    assert unnamed == []
    assert tried >= 300


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Mutation]]:
    return asyncio.run(of_two_signers(tmp_path_factory.mktemp("partners"), 3))


def test_what_several_signers_did_cannot_be_told_otherwise(
    told: tuple[bytes, list[Mutation]],
) -> None:
    dossier, others = told
    assert verdict(dossier) == []

    kinds = set()
    for what, changed, word in others:
        [said] = verdict(changed)
        assert said.startswith(f"check-account {word}"), what
        kinds.add(what.split(" ")[2] if len(what.split(" ")) > 2 else what)
    assert {"signer-signed", "signer-sent-link", "signature-refused"} <= kinds


def test_a_forger_with_a_key_of_his_own_is_betrayed_by_the_fingerprint(
    parts: Parts,
) -> None:
    forged = forged_dossier(parts[1])

    # It is whole in itself, but that its log is empty: only what the office
    # published tells it apart.
    empty = ("check-logged-digest", "check-account")
    assert [one for one in verdict(forged) if not one.startswith(empty)] == []
    assert key_fingerprint(forged) != key_fingerprint(parts[1])


def forged_dossier(real: bytes) -> bytes:
    """A dossier of the same papers in a log that somebody made at home."""
    members = unpack(real)[0]
    manifest = read_manifest(members.pop(MANIFEST))
    signer = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
    keys = Keys(
        log=signer.public_key().public_bytes_raw().hex(), root=manifest.keys.root
    )
    last = manifest.entries[-1]
    facts = {name: one.value for name, one in last.opened.items()}
    said = read_leaf(last.leaf.encode())
    entry = Entry(
        kind=said.kind,
        at=said.at,
        by=facts.pop("by"),
        case=CaseId(said.case or ""),
        facts={**facts, KEYS: keys.fingerprint(), STAMPED: "no", WITNESSES: ""},
    )
    leaf, opened = make_leaf(entry, -1)
    changes = {"index": 0, "leaf": leaf.decode(), "opened": opened, "proof": []}
    made = msgspec.structs.replace(last, **changes)
    checkpoint = Checkpoint(1, merkle.leaf_hash(leaf)).signed(signer)
    new = msgspec.structs.replace(
        manifest,
        checkpoint=checkpoint,
        timestamp="",
        keys=keys,
        entries=[made],
        cosignatures=[],
    )
    return pack({**members, MANIFEST: new.to_bytes()})


@given(st.binary(max_size=300))
def test_garbage_is_no_dossier(data: bytes) -> None:
    with pytest.raises(Unreadable):
        verify_dossier(b"PK\x03\x04" + data)


@given(st.binary(max_size=300))
def test_garbage_is_no_manifest(data: bytes) -> None:
    with pytest.raises(Unreadable):
        verify_dossier(pack({MANIFEST: data}))


def test_a_redacted_dossier_still_proves_what_is_left(parts: Parts) -> None:
    left = redact(parts[1], ["materials/identity/*", "form.json"], ["by"])

    assert verdict(left) == []
    members = unpack(left)[0]
    assert not any("/identity/" in name or name == "form.json" for name in members)
    gone = withheld(left)
    # The page in both makings, its original in the second.
    assert sum("file materials/identity/" in one for one in gone) == 3
    assert sum(one.endswith(" by") for one in gone) > 10


def test_nothing_of_what_was_withheld_is_left_in_the_dossier(
    parts: Parts,
) -> None:
    whole = unpack(parts[1])[0]
    left = redact(parts[1], ["form.json"], ["by"])

    assert hashlib.sha256(whole["form.json"]).hexdigest().encode() not in left
    assert b"auditor" not in left
    assert verdict(redact(left, ["licence.pdf"], [])) == []


def test_what_is_withheld_in_silence_is_a_change(parts: Parts) -> None:
    def quietly(manifest: Json) -> None:
        manifest["withheld"] = []

    left = redact(parts[1], [], ["by"])

    assert any(
        "check-withheld" in one for one in verdict(edited(unpack(left)[0], quietly))
    )


def test_what_the_proof_needs_cannot_be_withheld(parts: Parts) -> None:
    for files, facts in ((["manifest.json"], []), ([], ["keys"]), (["no.such"], [])):
        with pytest.raises(NotFound):
            redact(parts[1], files, facts)
