"""The cheap look at a record never lets pass, repairs or changes what the careful one would not."""

from __future__ import annotations

import json
import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping import _python_pattern
from importer.model import ColumnMap, Dialect, Recipe
from importer.schema import Field, TypeSchema, find_type, load_types
from importer.validation import compile_plan, validate
from importer.validation.run import judge

TYPES = [schema for schema in load_types().values() if schema.fields]
CUSTOM = {"i": "integer", "n": "number", "t": "datetime", "b": "boolean", "d": "date"}


def custom(schema: TypeSchema) -> dict[str, str]:
    """Names and data types of custom fields, where the type takes any."""
    return {schema.open.prefix + name: kind for name, kind in CUSTOM.items()} if schema.open else {}


ODD = [
    "null",
    " ",
    "  x ",
    "\x00",
    "\ufe0f",
    "\ufe0fa",
    "😀",
    "\u00ad",
    "a\u2028b",
    "\r",
    "é",
    "'=1",
    "-",
    "0",
    "1",
    "TRUE",
    "Yes",
    "x" * 256,
    "ſ",
]


def values(field: Field) -> st.SearchStrategy[str | None]:
    """Values at the border of what the field takes."""
    choices = [st.none(), st.sampled_from(ODD), st.text(max_size=6)]
    if field.quick:
        exact = st.from_regex(re.compile(_python_pattern(field.quick)), fullmatch=True)
        choices += [
            exact,
            exact.map(lambda t: t + "\n"),
            exact.map(str.upper),
            exact.map(lambda t: " " + t),
            st.tuples(exact, st.sampled_from(ODD)).map("".join),
        ]
    if "enum" in (field.constraints or {}):
        choices += [st.sampled_from([str(v) for v in (field.constraints or {})["enum"]]), st.sampled_from(["fr", "gb ", "XX"])]
    if "increasing" in (field.constraints or {}):
        numbers = st.lists(st.fixed_dictionaries(dict.fromkeys(field.constraints["increasing"]["numbers"], st.integers(0, 3))), max_size=3)
        choices += [numbers.map(json.dumps), numbers.map(str)]
    if field.type in ("date", "datetime"):
        choices += [
            st.dates().map(str),
            st.datetimes().map(lambda d: d.isoformat() + "Z"),
            st.sampled_from(["1900-01-01", "2026-11-24", "2001-02-30"]),
        ]
    if field.type in ("integer", "number"):
        choices += [st.integers().map(str), st.floats().map(str)]
    return st.one_of(*choices)


def record(schema: TypeSchema) -> st.SearchStrategy[list[str | None]]:
    fields = [schema.resolve(name, kind) for name, kind in custom(schema).items()]
    return st.tuples(*(values(f) for f in (*schema.fields, *fields) if f)).map(lambda cells: [c or None for c in cells])


@pytest.mark.parametrize("schema", TYPES, ids=lambda s: s.name)
@given(data=st.data(), unprotect=st.booleans())
@settings(max_examples=60)
def test_the_quick_look_and_the_careful_one_agree(schema: TypeSchema, data: st.DataObject, unprotect: bool) -> None:
    records = data.draw(st.lists(record(schema), min_size=1, max_size=8))
    names = [*(f.name for f in schema.fields), *custom(schema)]
    maps = tuple(ColumnMap(n, n, custom(schema).get(n)) for n in names)
    plan = compile_plan(schema, Recipe(schema.name, "1", Dialect(), maps, {"unprotect": unprotect}), names, date(2026, 11, 23))
    columns = {f"c{i}": pl.Series([r[i] for r in records], dtype=pl.String) for i in range(len(names))}
    frame = pl.DataFrame({**columns, "_line": range(2, len(records) + 2), "_record": range(1, len(records) + 1)})
    source = "\n".join(c for r in records for c in r if c).encode()
    quick, careful = validate(plan, frame, lambda needle: needle in source), judge(plan, frame, plan.steps)
    assert quick.violations.equals(careful.violations)
    assert quick.rejected.equals(careful.rejected)
    assert quick.valid.equals(careful.valid)


def test_good_records_pass_the_quick_look() -> None:
    names = ["email", "customId", "phone", "firstName", "countryCode", "birthDate", "agreements.email"]
    maps = tuple(ColumnMap(n, n) for n in names)
    plan = compile_plan(find_type("customers"), Recipe("customers", "1", Dialect(), maps), names, date(2026, 11, 23))
    cells = ["ada.l@example.com", "C-1", "+48123456789", "Zoë", "GB", "1990-05-03", "true"]
    frame = pl.DataFrame({f"c{i}": [c] for i, c in enumerate(cells)} | {"_line": [2], "_record": [1]})
    looks = [look for step in plan.steps.values() for look in step.passes]
    typed = [value for step in plan.steps.values() for value in step.quick]
    named = frame.rename({f"c{i}": f"\0{i}" for i in range(len(cells))})
    assert named.with_columns(typed).select(pl.all_horizontal(looks)).item()
