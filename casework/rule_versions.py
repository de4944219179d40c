"""Which rules a decision was made by: the service item and the licence's template.

An office edits both at any time. A decision keeps the digest of what stood then; a
dossier has both files as they stand now, and their SHA-256 is that digest as long
as nobody has changed them since.
"""

import hashlib

import msgspec

from casework.errors import NotFound
from casework.evidence import canonical
from casework.items import Catalogue, ServiceItem
from casework.licence_templates import LicenceTemplate


def rule_facts(items: Catalogue, wanted: str) -> dict[str, str]:
    """Return what the log keeps of the rules for ``wanted``, an item's id."""
    facts = {"item": wanted}
    for name, data in rule_files(items, wanted).items():
        facts[f"{name.removesuffix('.json')}-sha256"] = hashlib.sha256(data).hexdigest()
    return facts


def rule_files(items: Catalogue, wanted: str) -> dict[str, bytes]:
    """Return ``item.json``, and ``template.json`` if the item ends with a licence.

    Nothing for an item that the office does not offer any more.
    """
    try:
        item = items.item(wanted)
    except NotFound:
        return {}
    files = {"item.json": _item(item)}
    if item.licence is not None:
        files["template.json"] = _template(items.template(item))
    return files


def _item(item: ServiceItem) -> bytes:
    return canonical(msgspec.to_builtins(item))


def _template(template: LicenceTemplate) -> bytes:
    # The emblem is on the sheet; here its digest is enough.
    emblem = template.emblem_png and hashlib.sha256(template.emblem_png).hexdigest()
    plain = msgspec.structs.replace(template, emblem_png=b"")
    return canonical({**msgspec.to_builtins(plain), "emblem_png": emblem or ""})
