"""The text of a type document becomes plain data, within limits; and `Node`, which knows its place in the document.

A document comes from a person, so nothing in it is believed: its size, how deep it goes, how much its aliases stand for,
and whether each value is of the kind that is expected. Whatever is wrong raises DeclarationError with the place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NoReturn

import yaml

from importer.errors import DeclarationError

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000

# The loader in C is ten times as fast and not on every platform.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, place: str) -> Node:
    """The document of a text in JSON or YAML. `place` names it in errors. Raises DeclarationError."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DeclarationError(f"{place} is larger than {MAX_BYTES:,} bytes.", fix="Make it smaller.")
    data = _json(text, place) if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else _yaml(text, place)
    if not isinstance(data, dict):
        raise DeclarationError(f"{place} is no type document: it holds {_kind(data)}.", fix="Write names and values, such as `fields`.")
    return Node(data, place)


def _json(text: str, place: str) -> Any:
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        _too_much(place)
    except ValueError as error:
        raise DeclarationError(f"{place} is not JSON: {error}.", fix="Correct the document.") from error
    level, depth = [data], 0
    while level := [v for d in level for v in (d.values() if isinstance(d, dict) else d if isinstance(d, list) else ())]:
        depth += 1
        if depth > MAX_DEPTH:
            _too_much(place)
    return data


def _yaml(text: str, place: str) -> Any:
    try:
        _measure(text, place)
        return yaml.load(text, Loader=_YAML)  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeclarationError(f"{place} is not YAML: {error}.", fix="Correct the document.") from error


def _measure(text: str, place: str) -> None:
    """Counts what the document holds when every alias stands for what it names, without making any of it."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, Loader=_YAML):
        size = 0
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            open_nodes.append((event.anchor, 1))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchor, size = open_nodes.pop()
            if anchor:
                sizes[anchor] = size
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                sizes[event.anchor] = size
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise DeclarationError(f"{place}: the alias *{event.anchor} names nothing before it, or itself.", fix="Correct it.")
            size = sizes[event.anchor]
        anchor, before = open_nodes[-1]
        open_nodes[-1] = (anchor, before + size)
        if before + size > MAX_NODES or len(open_nodes) > MAX_DEPTH:
            _too_much(place)


def _too_much(place: str) -> NoReturn:
    text = f"{place} is too large or too deep: more than {MAX_NODES:,} values or {MAX_DEPTH} levels."
    raise DeclarationError(text, fix="Make it smaller; write long lists of values into a file of their own.")


class Node:
    """A part of a document that names its place when something in it is wrong."""

    def __init__(self, data: Mapping[str, Any], place: str):
        self.data = data
        self.place = place

    def __contains__(self, name: str) -> bool:
        return self.data.get(name) is not None

    def wrong(self, reason: str, fix: str = "Correct the document.") -> DeclarationError:
        return DeclarationError(f"{self.place}: {reason}", fix=fix)

    def of_kind(self, name: str, kinds: type | tuple[type, ...], words: str, default: Any = None) -> Any:
        """The value of a property, `default` where it is not there."""
        value = self.data.get(name)
        if value is None:
            return default
        # True and false are whole numbers to Python.
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise self.wrong(f"{name} must be {words} and is {_kind(value)}.")
        return value

    def text(self, name: str, default: str = "") -> str:
        """A text; a number or a date, which YAML makes of what looks like one, counts as it is written."""
        return str(self.of_kind(name, (str, int, float, date), "a text", default))

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value.strip():
            raise self.wrong(f"{name} is missing.", fix=f"Add the property {name}.")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self.of_kind(name, bool, "true or false", default))

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        if name not in self:
            return default
        values = self.of_kind(name, list, "a list")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, (str, int, float, date)):
                raise self.wrong(f"{name} must be a list of texts and holds {_kind(value)}.", fix="Put the texts in quotes.")
        return tuple(str(v) for v in values)

    def keys(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one text instead of a list of one."""
        return (self.text(name),) if isinstance(self.data.get(name), str) else self.texts(name)

    def node(self, name: str) -> Node:
        """The part with this name; an empty one where it is not there."""
        return Node(self.of_kind(name, dict, "an object", {}), f"{self.place}, {name}")

    def nodes(self, name: str, word: str) -> Iterator[Node]:
        """The parts of a list; each is called by its name or code, or by its number."""
        for number, item in enumerate(self.of_kind(name, list, "a list", []), 1):
            if not isinstance(item, dict):
                raise self.wrong(f"{name} must be a list of objects and holds {_kind(item)}.")
            called = item.get("name") or item.get("code") or item.get("do")
            yield Node(item, f"{self.place}, {word} {called if isinstance(called, str) else number}")


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else kinds.get(type(value), type(value).__name__)
