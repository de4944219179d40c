"""Licence templates: what a licence says and how it lies on paper, as data.

One file each in ``services/licences/*.yaml``.
"""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import yaml
from PIL import Image as Picture

from casework.errors import BadTemplate
from casework.licence_numbers import IDENTIFIERS
from protocol.states import Language
from protocol.views import Text

FOLDER: Final = "licences"
LARGEST_FILE: Final = 100_000
"""Bytes of one template; the longest real one is a twentieth of this."""
LARGEST_EMBLEM: Final = 1_000_000
MOST_PIXELS: Final = 4_000_000
"""Of an emblem: 40 mm at 1,200 dpi are half of this."""
MOST_YEARS: Final = 100
COLOUR: Final = re.compile(r"^[0-9A-F]{6}$")
CODE: Final = re.compile(r"^[0-9A-Z]{0,40}$")
"""What a code in an identifier is made of, so that it has a check character."""

ADDRESS: Final = re.compile(r"^(https://[!-~]{4,70})?$")
"""An address that is read from paper and typed."""

CopyKind = Literal["original", "duplicate"]
"""正本 and 副本: the same record, on other paper."""


class CopySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of copy is called, and its paper."""

    word: Text
    paper: Literal["A4", "A3"] = "A4"


class TemplateField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the licence: a field of the item's form under its label."""

    name: str
    label: Text
    column: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


class LicenceTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``services/licences/``."""

    id: str
    title: Text
    languages: Annotated[list[Language], msgspec.Meta(min_length=1, max_length=2)]
    """The first is the licence's own; a second one stands smaller beside it."""
    holder: str
    """The form field that says who holds the licence."""
    fields: Annotated[list[TemplateField], msgspec.Meta(min_length=1, max_length=24)]
    copies: dict[CopyKind, CopySpec]
    printed: CopyKind
    """The kind of copy that a Citizen's Window prints."""
    note: Text = {}
    check_at: str = ""
    """The address of the page that checks licences, printed on the sheet."""
    layout: Literal["landscape", "portrait"] = "landscape"
    columns: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    colour: str = "8A6D1F"
    """Of frames and labels: RRGGBB."""
    identifier: str = "plain"
    """How licences are numbered: a key of ``licence_numbers.IDENTIFIERS``."""
    kind_code: str = ""
    issuer_code: str = ""
    years: Annotated[int, msgspec.Meta(ge=0, le=MOST_YEARS)] = 0
    """How long a licence is valid; 0: until it is revoked."""
    emblem: str = ""
    """A PNG in the same folder. Without one, every sheet is marked SPECIMEN."""
    emblem_png: bytes = b""
    """What the file holds; never in the YAML."""

    @property
    def specimen(self) -> bool:
        """Whether no office has made this template its own."""
        return not self.emblem_png

    def copy_spec(self, kind: CopyKind) -> CopySpec:
        """Return how a copy of this ``kind`` looks."""
        return self.copies[kind]


def read_templates(folder: Path) -> Mapping[str, LicenceTemplate]:
    """Read ``folder/*.yaml``; a folder that is not there holds none.

    Raises:
        BadTemplate: a file is too large, not YAML or not a template; the text names
            the file and the field.
    """
    found = [read_template(path) for path in sorted(folder.glob("*.yaml"))]
    return {one.id: one for one in found}


def read_template(path: Path) -> LicenceTemplate:
    """Read one template; see ``read_templates`` for what is raised."""
    if path.stat().st_size > LARGEST_FILE:
        raise BadTemplate(f"{path.name}: larger than {LARGEST_FILE} bytes")
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
        template = msgspec.convert(raw, LicenceTemplate)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeError) as error:
        raise BadTemplate(f"{path.name}: {error}") from error
    _require_whole(path.name, template)
    if template.emblem:
        png = _emblem(path.parent / template.emblem)
        template = msgspec.structs.replace(template, emblem_png=png)
    return template


def _require_whole(name: str, template: LicenceTemplate) -> None:
    names = [field.name for field in template.fields]
    said = [template.title, *(field.label for field in template.fields)]
    said += [copy.word for copy in template.copies.values()]
    faults = {
        f"its id is {template.id}": template.id != name.removesuffix(".yaml"),
        "a field twice": len(set(names)) != len(names),
        f"holder {template.holder} is no field": template.holder not in names,
        f"printed: no {template.printed} among copies": template.printed
        not in template.copies,
        "a text lacks a language": any(
            language not in text for text in said for language in template.languages
        ),
        "column 2 of 1": any(one.column > template.columns for one in template.fields),
        "kind_code, issuer_code: digits and capitals": not (
            CODE.match(template.kind_code) and CODE.match(template.issuer_code)
        ),
        "check_at: https://...": not ADDRESS.match(template.check_at),
        "colour: RRGGBB in capitals": not COLOUR.match(template.colour),
        f"identifier {template.identifier} is unknown": template.identifier
        not in IDENTIFIERS,
        "emblem_png is not written here": bool(template.emblem_png),
        "emblem: a file in this folder": "/" in template.emblem
        or "\\" in template.emblem,
    }
    for fault, true in faults.items():
        if true:
            raise BadTemplate(f"{name}: {fault}")


def _emblem(path: Path) -> bytes:
    """Return the PNG in ``path``, which reportlab can draw."""
    try:
        if path.stat().st_size > LARGEST_EMBLEM:
            raise BadTemplate(f"{path.name}: larger than {LARGEST_EMBLEM} bytes")
        data = path.read_bytes()
        with Picture.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadTemplate(f"{path.name}: more than {MOST_PIXELS} pixels")
            picture.load()
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError) as error:
        raise BadTemplate(f"{path.name}: not a PNG") from error
    return data
