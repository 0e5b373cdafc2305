"""Reads the rules over a whole file, and what a load may do, from a type document."""

from __future__ import annotations

from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.whole import Consistent, Differ, Distinct, Ignored, LoadModes

MODES = ("overwrite", "partial")


def read_consistent(data: Node) -> Consistent:
    return Consistent(wording(data), data.texts("fields"), data.texts("per"), data.text("unless") or None)


def read_whole(data: Node) -> Distinct | Differ:
    kind = data.needed("kind")
    if kind == "distinct":
        return Distinct(wording(data), data.needed("field"), int(data.of_kind("most", int, "a whole number", 0)))
    if kind == "differ":
        return Differ(wording(data), data.needed("group"), data.texts("fields"))
    raise data.wrong(f"unknown kind {kind}.", fix="Known: distinct, differ.")


def read_ignored(data: Node) -> Ignored:
    return Ignored(data.texts("names"), wording(data))


def read_modes(data: Node) -> LoadModes:
    modes = data.texts("modes", ("partial",))
    default = data.text("default", modes[0])
    if unknown := [m for m in (*modes, default) if m not in MODES]:
        raise data.wrong(f"unknown mode {unknown[0]}.", fix=f"Known: {', '.join(MODES)}.")
    return LoadModes(modes, default)
