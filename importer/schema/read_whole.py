"""Reads the rules over a whole file, and what a load may do, from a type document."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.whole import Consistent, Differ, Distinct, Ignored, LoadModes

MODES = ("overwrite", "partial")


def read_consistent(data: Node, fields: Collection[str]) -> Consistent:
    found = Consistent(wording(data), data.texts("fields"), data.texts("per"), data.text("unless") or None)
    _check_fields(data, (*found.fields, *found.per), fields)
    return found


def read_whole(data: Node, fields: Collection[str]) -> Distinct | Differ:
    kind = data.needed("kind")
    if kind == "distinct":
        distinct = Distinct(wording(data), data.needed("field"), int(data.of_kind("most", int, "a whole number", 0)))
        _check_fields(data, (distinct.field,), fields)
        return distinct
    if kind == "differ":
        differ = Differ(wording(data), data.needed("group"), data.texts("fields"))
        _check_fields(data, (differ.group, *differ.fields), fields)
        return differ
    raise data.wrong(f"unknown kind {kind}.", fix="Known: distinct, differ.")


def _check_fields(data: Node, named: Iterable[str], fields: Collection[str]) -> None:
    if unknown := [n for n in named if n not in fields]:
        raise data.wrong(f"it names the unknown field {unknown[0]}.", fix="Correct it.")


def read_ignored(data: Node) -> Ignored:
    return Ignored(data.texts("names"), wording(data))


def read_modes(data: Node) -> LoadModes:
    modes = data.texts("modes", ("partial",))
    default = data.text("default", modes[0])
    if unknown := [m for m in modes if m not in MODES] + [m for m in (default,) if m not in modes]:
        raise data.wrong(f"unknown mode {unknown[0]}.", fix=f"Known: {', '.join(MODES)}; the default must be one of the modes.")
    return LoadModes(modes, default)
