"""Service items: what an office offers, as data in ``services/*.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import msgspec
import yaml

from casework import licence_templates
from casework.company_seal import SealSpec, check_seal
from casework.errors import BadItem, FormIncomplete, NotFound
from casework.item_signers import SignerSpecs, check_signers, signers_of
from casework.licence_templates import LicenceTemplate, read_templates
from casework.release_ways import ReleaseBy, check_release
from casework.signers import Signers
from protocol.ids import IDENTITY, ItemId, MaterialId, SignerId
from protocol.states import Language
from protocol.views import FieldView, ItemView, MaterialWanted, Text

LARGEST_FILE = 200_000
"""Bytes of one item's file; the longest real checklist is a tenth of this."""
RECORDING_DAYS = 365
"""How long recordings are kept unless an item says otherwise."""
CASE_DAYS = 3650
"""How long cases are kept unless an item says otherwise: ten years."""


class FieldSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value that a machine reads from a paper, and the clerk compares.

    The ways to find it that are given are tried in the order of the fields here.
    """

    name: str
    title: Text
    mrz: str = ""
    """``surname``, ``given_names``, ``number``, ``nationality``, ``birth``, ..."""
    barcode: str = ""
    """``qr``, ``code128``, ...: the first such code is the value."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, width and height as shares of the page."""
    identifier: str = ""
    """``resident``, ``home-return``, ``hkid``, ``uscc``, ..."""
    labels: list[str] = []
    """Its label in the languages of the paper: the value stands right or below."""


class MaterialSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One paper on an item's checklist."""

    id: str
    title: Text
    hint: Text = {}
    pages: Annotated[int, msgspec.Meta(ge=1, le=30)] = 1
    """The most pages that it may have."""
    fields: list[FieldSpec] = []

    @property
    def field_names(self) -> set[str]:
        """The names of what is read from it."""
        return {one.name for one in self.fields}


class LicenceSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The licence an item ends with: a file of ``licences/``, and who issues it."""

    template: str
    authority: str
    numbered_paper: bool = False
    """Whether it is printed on numbered paper only."""


class ServiceItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``services/``. ``form`` is a JSON Schema (2020-12) of strings."""

    id: str
    title: Text
    about: Text
    office: str
    place: str
    minutes: int
    recording_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] = RECORDING_DAYS
    """How long the recording of a visit is kept, counted from its end."""
    case_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] = CASE_DAYS
    """How long a case is kept, from its last change or its licence's last day."""
    materials: list[MaterialSpec] = []
    form: dict[str, Any] = {}
    signers: SignerSpecs = []
    seal: SealSpec | None = None
    """Whose seal the application bears, where a company applies."""
    licence: LicenceSpec | None = None
    release: ReleaseBy = ReleaseBy.CODE
    """What lets the licence go to paper at a window, beside its number."""
    release_face: bool = False
    """Whether somebody looks at the face as well: a machine if it can, or a person."""

    @property
    def consultation(self) -> bool:
        """Whether the visit ends with the talk: nothing to submit."""
        return not self.materials and not self.form

    def signing(self, form: Mapping[str, str]) -> Signers:
        """Return who signs an application with ``form``, in order."""
        return signers_of(self.signers, form)

    def signer_title(self, wanted: SignerId, language: Language) -> str:
        """Return what a signer is to the application; empty for the one applicant."""
        titles = next((one.title for one in self.signers if one.id == wanted), {})
        return titles.get(language, titles.get("en", ""))

    def material(self, wanted: str) -> MaterialSpec:
        """Return one paper of the checklist, or raise ``NotFound``."""
        for one in self.materials:
            if one.id == wanted:
                return one
        raise NotFound("material")

    def check_form(self, values: dict[str, str]) -> None:
        """Raise ``FormIncomplete`` naming the first field that is not in order."""
        checker = jsonschema.Draft202012Validator(
            self.form, format_checker=jsonschema.FormatChecker()
        )
        for error in sorted(checker.iter_errors(values), key=lambda e: list(e.path)):
            missing = error.validator == "required" and error.validator_value
            names = [name for name in missing or [] if name not in values]
            place = error.path[0] if error.path else error.validator
            raise FormIncomplete(str(names[0] if names else place))

    def field_title(self, name: str, language: Language) -> str:
        """Return the label of a form field."""
        titles: Text = self.form["properties"][name]["x-title"]
        return titles.get(language, titles["en"])

    def view(self) -> ItemView:
        """Return the item as pages need it."""
        return ItemView(
            id=ItemId(self.id),
            title=self.title,
            about=self.about,
            place=self.place,
            minutes=self.minutes,
            consultation=self.consultation,
            materials=[
                MaterialWanted(
                    id=MaterialId(one.id),
                    title=one.title,
                    hint=one.hint,
                    most_pages=one.pages,
                    fields={field.name: field.title for field in one.fields},
                )
                for one in self.materials
            ],
            fields=[
                _field(name, spec, name in self.form.get("required", []))
                for name, spec in self.form.get("properties", {}).items()
            ],
            signers=[one.view() for one in self.signers],
            seal=self.seal.view() if self.seal else None,
        )


class Catalogue:
    """Every service item on offer, and the templates of their licences."""

    def __init__(
        self,
        items: list[ServiceItem],
        templates: Mapping[str, LicenceTemplate] | None = None,
    ) -> None:
        self._items = {item.id: item for item in items}
        self._templates = templates or {}

    def template(self, item: ServiceItem) -> LicenceTemplate:
        """Return the template of an item's licence, or raise ``NotFound``."""
        try:
            return self._templates[item.licence.template if item.licence else ""]
        except KeyError:
            raise NotFound("template") from None

    def item(self, wanted: str) -> ServiceItem:
        """Return one item, or raise ``NotFound``."""
        try:
            return self._items[wanted]
        except KeyError:
            raise NotFound("item") from None

    def offices(self) -> set[str]:
        """Return every office that an item belongs to."""
        return {item.office for item in self._items.values()}

    def shortest_case_days(self) -> int:
        """Return the fewest days that an item keeps its cases."""
        return min(item.case_days for item in self._items.values())

    def shortest_recording_days(self) -> int:
        """Return the fewest days for which recordings of any item are kept."""
        return min(item.recording_days for item in self._items.values())

    def views(self) -> list[ItemView]:
        """Return all items in the order of their file names."""
        return [item.view() for item in self._items.values()]


def read_catalogue(folder: Path) -> Catalogue:
    """Read ``folder/*.yaml``.

    Raises:
        BadItem: a file is too large, not YAML, or not a service item; the text
            names the file and the field.
        BadTemplate: the same of a file in ``folder/licences``.
    """
    items = [read_item(path) for path in sorted(folder.glob("*.yaml"))]
    if not items:
        raise BadItem(f"no service items in {folder}")
    templates = read_templates(folder / licence_templates.FOLDER)
    for item in items:
        _check_licence(item, templates)
    return Catalogue(items, templates)


def _check_licence(item: ServiceItem, templates: Mapping[str, LicenceTemplate]) -> None:
    if item.licence is None:
        return
    template = templates.get(item.licence.template)
    if template is None:
        raise BadItem(f"{item.id}: no licence template {item.licence.template}")
    for field in template.fields:
        if field.name not in item.form.get("properties", {}):
            raise BadItem(f"{item.id}: its form lacks the licence's {field.name}")


def read_item(path: Path) -> ServiceItem:
    """Read one item; see ``read_catalogue`` for what is raised."""
    if path.stat().st_size > LARGEST_FILE:
        raise BadItem(f"{path.name}: larger than {LARGEST_FILE} bytes")
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
        item = msgspec.convert(raw, ServiceItem)
        if item.form:
            jsonschema.Draft202012Validator.check_schema(item.form)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeError) as error:
        raise BadItem(f"{path.name}: {error}") from error
    except jsonschema.SchemaError as error:
        raise BadItem(f"{path.name}: form: {error.message}") from error
    _check_references(path.name, item)
    return item


def _check_references(name: str, item: ServiceItem) -> None:
    fields = item.form.get("properties", {})
    for row in item.form.get("required", []):
        if row not in fields:
            raise BadItem(f"{name}: no form field {row}")
    for field, spec in fields.items():
        if "en" not in spec.get("x-title", {}):
            raise BadItem(f"{name}: form field {field} has no English title")
    if item.id != name.removesuffix(".yaml"):
        raise BadItem(f"{name}: its id is {item.id}")
    check_signers(name, item.signers, {one.id for one in item.materials}, fields)
    if item.seal is not None:
        pages = {one.id: one.pages for one in item.materials}
        check_seal(name, item.seal, pages, item.form)
    known = [one.field_names for one in item.materials if one.id == IDENTITY]
    check_release(name, item.release, known[0] if known else ())
    if item.release_face and not known:
        raise BadItem(f"{name}: release_face needs a paper {IDENTITY}")


def _field(name: str, spec: dict[str, Any], required: bool) -> FieldView:
    kind = "choice" if "enum" in spec else spec.get("x-control", "text")
    return FieldView(
        name=name,
        title=spec["x-title"],
        kind=kind,
        required=required,
        options=list(spec.get("enum", [])),
        hint=spec.get("x-hint", {}),
        longest=spec.get("maxLength", 200),
    )
