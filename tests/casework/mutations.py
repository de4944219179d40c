"""Everything that somebody may try with a dossier, each with what must be named."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from casework.archive import pack, unpack
from casework.dossier_form import MANIFEST

Members = dict[str, bytes]
Json = dict[str, Any]
Mutation = tuple[str, bytes, str]
"""What was done, the dossier afterwards, and a word that the verdict must hold."""

PLACES = (0.0, 0.13, 0.37, 0.5, 0.77, 0.999)
"""Where in a member a bit is turned, as shares of its length."""


def mutations(dossier: bytes, other: bytes) -> Iterator[Mutation]:
    """Change ``dossier`` in every way; ``other`` is another one of the same office."""
    members = unpack(dossier)[0]
    yield from _members(members)
    yield from _raw(dossier)
    yield from _manifest(members)
    yield from _mixed(members, unpack(other)[0])


def retellings(account: bytes) -> Iterator[tuple[str, bytes]]:
    """Tell ``account`` otherwise than its log: every row, in every way."""
    rows: list[Json] = msgspec.json.decode(account)
    for number, row in enumerate(rows):
        before, after = rows[:number], rows[number + 1 :]
        named = f"{row['entry']} {row['what']}"
        for what, others in (
            ("left out", []),
            ("twice", [row, row]),
            ("another time", [{**row, "at": row["at"] + 1}]),
            ("another kind", [{**row, "what": "case-closed"}]),
            ("a fact more", [{**row, "said": {**row["said"], "new": "v"}}]),
            ("a name more", [{**row, "who": "somebody"}]),
            *(
                (f"another {fact}", [{**row, "said": {**row["said"], fact: "x"}}])
                for fact in row["said"]
            ),
        ):
            told = msgspec.json.encode([*before, *others, *after])
            yield f"{named} {what}", told
    yield "no list", b"{}"


def flipped(data: bytes, share: float) -> bytes:
    place = int(share * len(data))
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def edited(members: Members, edit: Callable[[Json], None]) -> bytes:
    """Return the dossier with its manifest changed, and everything packed again."""
    manifest = msgspec.json.decode(members[MANIFEST])
    edit(manifest)
    return pack({**members, MANIFEST: compact(manifest)})


def compact(manifest: Json) -> bytes:
    return msgspec.json.encode(manifest, order="deterministic")


def _members(members: Members) -> Iterator[Mutation]:
    names = sorted(set(members) - {MANIFEST})
    for name in names:
        for share in PLACES:
            changed = {**members, name: flipped(members[name], share)}
            yield f"bit turned at {share} of {name}", pack(changed), name
        without = {one: data for one, data in members.items() if one != name}
        yield f"{name} removed", pack(without), name
        yield f"{name} renamed", pack({**without, f"x{name}": members[name]}), name
        yield f"{name} cut off", pack({**members, name: members[name][:-1]}), name
        yield f"{name} longer", pack({**members, name: members[name] + b"\0"}), name
        yield f"{name} emptied", pack({**members, name: b""}), name
    for one, two in zip(names, names[1:] + names[:1], strict=True):
        changed = {**members, one: members[two], two: members[one]}
        yield f"{one} and {two} swapped", pack(changed), one
    for name in ("licence2.pdf", "materials/x/y.jpg", "notes.txt"):
        yield f"{name} added", pack({**members, name: b"new"}), name


def _raw(dossier: bytes) -> Iterator[Mutation]:
    for number in range(40):
        share = number / 40
        yield f"byte at {share} of the file", flipped(dossier, share), ""
    for cut in (1, 22, 500, len(dossier) // 2):
        yield f"{cut} bytes cut off", dossier[:-cut], ""
    yield "a byte more", dossier + b"\0", "zip"


def _manifest(members: Members) -> Iterator[Mutation]:
    manifest = msgspec.json.decode(members[MANIFEST])
    for name, value, word in (
        ("format", "smart-counter-dossier/1", "another format"),
        ("timestamp", "AAAA", "checkpoint"),
        ("withheld", ["3 by"], "3 by"),
        ("withheld", ["999 by"], "999 by"),
        ("more", 1, "manifest"),
    ):
        yield f"{name} set", edited(members, _set(name, value)), word
    for name in manifest:
        yield f"{name} removed", edited(members, _without(name)), "manifest"
    for name in ("log", "root"):
        yield f"key {name}", edited(members, _other_key(name)), "keys"
    yield "spaces", pack({**members, MANIFEST: members[MANIFEST] + b" "}), "manifest"
    note = manifest["checkpoint"]
    for place in range(0, len(note), len(note) // 12):
        changed = (
            note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
        )
        yield (
            f"checkpoint at {place}",
            edited(members, _set("checkpoint", changed)),
            "log",
        )
    yield from _cosigned(members, manifest)
    for number in range(len(manifest["entries"])):
        yield from _entry(members, manifest, number)
    for count in (2, 3, 5):
        yield (
            f"last {count} entries cut off",
            edited(members, _cut(count)),
            "last-entry",
        )


def _cosigned(members: Members, manifest: Json) -> Iterator[Mutation]:
    lines = manifest["cosignatures"]
    for number, line in enumerate(lines):
        witness = line.split(" ")[1]
        start = line.rindex(" ") + 1
        for place in (2, start, start + 8, start + 14, start + 50, len(line) - 3):
            changed = line[:place] + ("A" if line[place] != "A" else "B")
            changed += line[place + 1 :]
            rows = [*lines[:number], changed, *lines[number + 1 :]]
            what = f"cosignature {number} at {place}"
            yield what, edited(members, _set("cosignatures", rows)), witness
    for what, rows in (
        ("a cosignature removed", lines[1:]),
        ("every cosignature removed", []),
        ("a cosignature twice", [*lines, *lines[:1]]),
        ("cosignatures swapped", lines[::-1]),
        ("a cosignature of nobody", ["\N{EM DASH} x.example AAAA", *lines[1:]]),
    ):
        # Named by who should have signed, or by how many should have.
        few = len(rows) != len(lines)
        word = f"{len(rows)} of {len(lines)}" if few else lines[0].split(" ")[1]
        yield what, edited(members, _set("cosignatures", rows)), word


def _entry(members: Members, manifest: Json, number: int) -> Iterator[Mutation]:
    entry = manifest["entries"][number]
    index, last = entry["index"], number == len(manifest["entries"]) - 1
    named = str(index)

    def one(what: str, edit: Callable[[Json], None], word: str = named) -> Mutation:
        def on_entry(changed: Json) -> None:
            edit(changed["entries"][number])

        return f"{what} of entry {index}", edited(members, on_entry), word

    fact = sorted(entry["opened"])[-1]
    yield one("index", lambda e: e.update(index=index + 1), str(index + 1))
    yield one("kind", lambda e: _swap(e, "leaf", '"kind":"', '"kind":"x'))
    yield one("time", lambda e: _swap(e, "leaf", '"at":1', '"at":2'))
    yield one("case", lambda e: _swap(e, "leaf", '"case":"', '"case":"0'))
    yield one("digest", lambda e: _swap(e, "leaf", f'"{fact}":"', f'"{fact}":"0'))
    yield one("value", lambda e: _change(e["opened"][fact], 1), fact)
    yield one("salt", lambda e: _change(e["opened"][fact], 0), fact)
    yield one("fact hidden", lambda e: e["opened"].pop(fact), f"{index} {fact}")
    yield one("fact added", lambda e: e["opened"].update(new=["0" * 32, "v"]), "new")
    yield one("node", lambda e: _change(e["proof"], 0))
    yield one("node removed", lambda e: e["proof"].pop())
    yield one("node added", lambda e: e["proof"].append("0" * 64))
    gone = lambda m: m["entries"].pop(number)  # noqa: E731
    yield f"entry {index} removed", edited(members, gone), named
    twice = lambda m: m["entries"].insert(number, m["entries"][number])  # noqa: E731
    yield f"entry {index} twice", edited(members, twice), named
    if not last:
        following = manifest["entries"][number + 1]["index"]
        yield f"{index} after {following}", edited(members, _order(number)), named
        proofs = _swapped(number, "proof")
        yield f"proofs of {index} and {following}", edited(members, proofs), named


def _mixed(members: Members, other: Members) -> Iterator[Mutation]:
    theirs = msgspec.json.decode(other[MANIFEST])
    for name in ("checkpoint", "entries"):
        word = "log" if name == "checkpoint" else ""
        data = edited(members, _set(name, theirs[name]))
        yield f"{name} of another dossier", data, word
    for name in sorted(set(members) & set(other) - {MANIFEST}):
        if members[name] != other[name]:
            changed = pack({**members, name: other[name]})
            yield f"{name} of another dossier", changed, name


def _set(name: str, value: object) -> Callable[[Json], None]:
    return lambda manifest: manifest.update({name: value})


def _without(name: str) -> Callable[[Json], None]:
    return lambda manifest: manifest.pop(name)


def _other_key(name: str) -> Callable[[Json], None]:
    def edit(manifest: Json) -> None:
        old = manifest["keys"][name]
        manifest["keys"][name] = ("0" if old[0] != "0" else "1") + old[1:]

    return edit


def _cut(count: int) -> Callable[[Json], None]:
    return lambda manifest: manifest["entries"].__delitem__(slice(-count, None))


def _order(number: int) -> Callable[[Json], None]:
    def edit(manifest: Json) -> None:
        rows = manifest["entries"]
        rows[number], rows[number + 1] = rows[number + 1], rows[number]

    return edit


def _swapped(number: int, name: str) -> Callable[[Json], None]:
    def edit(manifest: Json) -> None:
        one, two = manifest["entries"][number : number + 2]
        one[name], two[name] = copy.copy(two[name]), copy.copy(one[name])

    return edit


def _swap(entry: Json, name: str, old: str, new: str) -> None:
    assert old in entry[name], "every leaf has it"
    entry[name] = entry[name].replace(old, new, 1)


def _change(row: list[str], place: int) -> None:
    old = row[place]
    row[place] = ("0" if old[:1] != "0" else "1") + old[1:]
