"""Reads a program's settings from its environment; a typo stops the program."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

S = TypeVar("S")


class BadSetting(Exception):
    """An environment variable that is unknown or cannot be read."""


def read_settings(cls: type[S], prefix: str, env: Mapping[str, str]) -> S:
    """Return ``cls`` with the fields that ``env`` sets; the rest keep defaults.

    Raises:
        BadSetting: a variable with our prefix is misspelt or not of its type.
    """
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]  # callers pass dataclasses
    read: dict[str, Any] = {}
    for name, text in env.items():
        if not name.startswith(prefix):
            continue
        field = fields.get(name.removeprefix(prefix).lower())
        if field is None:
            raise BadSetting(f"{name} is not a setting")
        read[field.name] = _value(name, type(field.default), text)
    return cls(**read)


def _value(name: str, kind: type, text: str) -> object:
    if kind is bool:
        if text.lower() not in {"true", "false", "1", "0"}:
            raise BadSetting(f"{name}: say true or false")
        return text.lower() in {"true", "1"}
    try:
        value: object = kind(text)
    except ValueError as error:
        raise BadSetting(f"{name}: {error}") from error
    return value
