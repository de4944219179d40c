"""Print the JSON Schema of the wire: ``python -m protocol.schema``.

``make types`` turns it into ``web/protocol/src/messages.ts``.
"""

import json
from typing import Any

import msgspec

from protocol.licence_views import LicenceStatus, LicenceView
from protocol.views import ItemView
from protocol.wire import FromDesk, FromTerminal, ToDesk, ToTerminal

DIRECTIONS: dict[str, Any] = {
    "FromTerminal": FromTerminal,
    "FromDesk": FromDesk,
    "ToTerminal": ToTerminal,
    "ToDesk": ToDesk,
    "ItemView": ItemView,
    "LicenceView": LicenceView,
    "LicenceStatus": LicenceStatus,
}


def schema() -> dict[str, Any]:
    """Return one JSON Schema (2020-12) with every message and view in ``$defs``."""
    shapes, parts = msgspec.json.schema_components(
        list(DIRECTIONS.values()), ref_template="#/$defs/{name}"
    )
    unions = dict(zip(DIRECTIONS, shapes, strict=True))
    for part in parts.values():
        part.pop("title", None)
        _require_what_is_always_sent(part)
    parts.update({name: unions[name] for name in unions if name not in parts})
    return {
        "title": "Wire",
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/{name}"} for name in DIRECTIONS},
        "required": list(DIRECTIONS),
        "additionalProperties": False,
        "$defs": dict(sorted(parts.items())),
    }


def _require_what_is_always_sent(part: dict[str, Any]) -> None:
    """The server sends every field; only requests may leave out a default."""
    if part.get("type") == "object" and "properties" in part:
        names = list(part["properties"])
        part["required"] = [name for name in names if name not in _MAY_BE_LEFT_OUT]


_MAY_BE_LEFT_OUT = {"detail"}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1, sort_keys=True))  # noqa: T201  # its output
