"""A first type document from a file: names from the header, data types from the values, and rules that all of them keep."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from importer.mapping import clean_name
from importer.profiling import Profile
from importer.typedocs.read import text_of

MOST_CATEGORIES = 12
LEAST_REPEATS = 3  # each value of a category occurs at least so often
MANY_CHARACTERS = 60  # a value that is longer is no category
_ID_WORDS = re.compile(
    r"(^|[^a-z])(id|ids|uid|uuid|guid|key|code|sku|number|num|no|nr|ref|reference|ean|gtin|isbn|iban|email|mail)([^a-z]|$)"
)


def infer(title: str, headers: Sequence[str], frame: pl.DataFrame, profile: dict[str, Any] | None = None) -> str:
    """A document for records of the text columns c0.. under these headers.

    profile: that of the whole file, where there is one; without it the frame is all that is known. Values of the file get
    into the document only as categories.
    """
    names = [f"c{i}" for i in range(len(headers))]
    whole = profile is not None and [c["column"] for c in profile["columns"]] == list(headers)
    known = profile if whole and profile else _profile(headers, frame, names)
    fields = [
        _field(name, header, column, frame[cell], known["records"], sample=not whole)
        for name, header, column, cell in zip(field_names(headers), headers, known["columns"], names, strict=True)
    ]
    return text_of({"title": title, "fields": fields})


def field_names(headers: Sequence[str]) -> list[str]:
    """A name for each header: plain letters, digits, dot, dash and underscore, and each one once."""
    taken: set[str] = set()
    result = []
    for number, header in enumerate(headers, 1):
        name = base = re.sub(r"^[^A-Za-z0-9]+", "", clean_name(header))[:90] or f"column_{number}"
        again = 1
        while name.lower() in taken:
            again += 1
            name = f"{base}_{again}"
        taken.add(name.lower())
        result.append(name)
    return result


def _profile(headers: Sequence[str], frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    profile = Profile(headers)
    profile.add(frame, names)
    return profile.document()


def _field(name: str, header: str, column: dict[str, Any], cells: pl.Series, records: int, *, sample: bool) -> dict[str, Any]:
    """sample: what is known of the column comes from these cells, so what they say is all there is to say."""
    kind = "string" if column["type"] == "empty" else column["type"]
    constraints: dict[str, Any] = {}
    if records and column["filled"] == records:
        constraints["required"] = True
    if _is_unique(header, column, cells, sample):
        constraints["unique"] = True
    elif kind == "string" and (categories := _categories(column, cells)):
        constraints["enum"] = categories
    field: dict[str, Any] = {"name": name, "title": header, "type": kind}
    return field | ({"constraints": constraints} if constraints else {})


def _is_unique(header: str, column: dict[str, Any], cells: pl.Series, sample: bool) -> bool:
    """All values differ and the name is that of an id. The number of different values of a large file is an estimate."""
    if not column["filled"] or not _ID_WORDS.search(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", header).lower()):
        return False
    filled = cells.drop_nulls()
    if filled.n_unique() != filled.len() or filled.len() < 2:
        return False
    return sample or not column["distinct_exact"] or column["distinct"] == column["filled"]


def _categories(column: dict[str, Any], cells: pl.Series) -> list[str]:
    """The values of a column in which a few repeat; empty where it is no such column."""
    if not column["distinct_exact"] or not 2 <= column["distinct"] <= MOST_CATEGORIES:
        return []
    counts = cells.drop_nulls().value_counts(name="count").rows()
    if len(counts) != column["distinct"]:  # the sample has not seen them all
        return []
    values = sorted(value for value, count in counts if count >= LEAST_REPEATS and len(value) <= MANY_CHARACTERS)
    return values if len(values) == len(counts) else []
