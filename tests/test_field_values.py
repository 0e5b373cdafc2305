"""Values of a team's own types: read as an independent reading in Python has them, judged alike by both looks, kept by the destination."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.config import load_settings
from importer.destinations.load import SQL_TYPES
from importer.errors import DeclarationError, MappingProblem
from importer.model import ColumnMap, Dialect, Recipe, Severity
from importer.schema import DTYPES, read_schema
from importer.staging import connect
from importer.validation import Plan, Validated, compile_plan, validate
from importer.validation.run import judge
from tests.table_schema_cases import CASES

TODAY = date(2026, 11, 23)


def planned(document: dict[str, Any], **options: Any) -> Plan:
    own = read_schema(json.dumps(document), "own.json", name="own", title="Own", version="1")
    names = [f.name for f in own.fields]
    return compile_plan(own, Recipe("own", "1", Dialect(), tuple(ColumnMap(n, n) for n in names), options), names, TODAY)


def frame_of(columns: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    count = len(columns[0])
    cells = {f"c{i}": pl.Series([c or None for c in column], dtype=pl.String) for i, column in enumerate(columns)}
    return pl.DataFrame({**cells, "_line": range(2, count + 2), "_record": range(count)})


def read(field: dict[str, Any], cells: Sequence[str | None], **options: Any) -> tuple[list[Any], list[tuple[int, str]]]:
    """The values of the records that are right, null for the others, and (record, code) of what is wrong."""
    plan = planned({"fields": [{"name": "f", **field}]}, **options)
    result = validate(plan, frame_of([cells]))
    codes = {r.id: r.code for r in plan.rules}
    valid = dict(result.valid.select("_record", "f").rows())
    return [valid.get(i) for i in range(len(cells))], [(r, codes[n]) for r, n in result.violations.select("_record", "rule").rows()]


def value(field: dict[str, Any], cell: str, **options: Any) -> Any:
    return read(field, [cell], **options)[0][0]


def near(*alphabets: str) -> st.SearchStrategy[str]:
    return st.one_of(st.text(max_size=8), *(st.text(a, max_size=14) for a in alphabets))


@given(near("0123456789+-", "0123456789.eE+- _") | st.integers(-(2**64), 2**64).map(str))
def test_whole_numbers_are_read_as_python_reads_digits(text: str) -> None:
    plain = re.fullmatch(r"[+-]?[0-9]+", text)
    expected = int(text) if plain and -(2**63) <= int(text) < 2**63 else None
    assert value({"type": "integer"}, text) == expected


@given(near("0123456789.eE+-") | st.floats(allow_nan=False, allow_infinity=False).map(repr))
def test_numbers_are_read_as_python_reads_decimals(text: str) -> None:
    plain = re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text)
    expected = float(text) if plain and abs(float(text)) != float("inf") else None
    assert value({"type": "number"}, text) == expected


@given(st.integers(-(10**12), 10**12), st.integers(0, 999), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ",")]))
def test_numbers_with_groups_and_another_decimal_mark_keep_their_value(whole: int, part: int, marks: tuple[str, str]) -> None:
    group, point = marks
    text = f"{whole:,}".replace(",", group) + f"{point}{part:03}"
    sign = -1 if whole < 0 else 1
    assert value({"type": "number", "groupChar": group, "decimalChar": point}, text) == pytest.approx(whole + sign * part / 1000, rel=1e-12)
    assert value({"type": "integer", "groupChar": group}, f"{whole:,}".replace(",", group)) == whole
    assert value({"type": "integer", "groupChar": group, "bareNumber": False}, f"EUR {whole:,} a year".replace(",", group)) == whole


def by_python(text: str, form: str, layout: str) -> datetime | None:
    if not re.fullmatch(layout, text):
        return None
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


@given(near("0123456789-", "012-") | st.dates().map(str))
def test_dates_are_read_as_python_reads_them(text: str) -> None:
    expected = by_python(text, "%Y-%m-%d", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    assert value({"type": "date"}, text) == (expected.date() if expected else None)


@given(near("0123456789:.", "0123456789:") | st.times().map(lambda t: t.isoformat("seconds")) | st.times().map(lambda t: t.isoformat("microseconds")))
def test_times_are_read_as_python_reads_them(text: str) -> None:
    form = "%H:%M:%S.%f" if "." in text else "%H:%M:%S"
    expected = by_python(text, form, r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
    if not re.search(r"\.[0-9]{7}", text):
        assert value({"type": "time"}, text) == (expected.time() if expected else None)


@given(near("0123456789", "0123456789+- ") | st.integers(-99999, 99999).map(str))
def test_years_are_four_digits(text: str) -> None:
    assert value({"type": "year"}, text) == (int(text) if re.fullmatch("[0-9]{4}", text) else None)


FORMS = ["%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y", "%Y%m%d", "%b %d, %Y", "%d %B %Y", "%Y-%j", "%a %d %b %Y"]


@given(st.dates(date(1000, 1, 1)), st.sampled_from(FORMS))
def test_dates_with_a_pattern_are_read_as_python_reads_them(day: date, form: str) -> None:
    text = day.strftime(form)
    assert value({"type": "date", "format": form}, text) == datetime.strptime(text, form).date()


@given(st.datetimes(datetime(1000, 1, 1)), st.sampled_from(["%d/%m/%Y %H:%M:%S", "%Y-%m-%d %I:%M:%S %p", "%Y%m%dT%H%M%S.%f", "%d %b %y %H:%M"]))
def test_date_times_with_a_pattern_are_read_as_python_reads_them(moment: datetime, form: str) -> None:
    text = moment.strftime(form)
    assert value({"type": "datetime", "format": form}, text) == datetime.strptime(text, form)


@given(st.text("0123456789/ :APM", max_size=16), st.sampled_from(["%d/%m/%Y", "%d/%m/%y"]))
def test_what_a_pattern_takes_python_takes_too(text: str, form: str) -> None:
    found = value({"type": "date", "format": form}, text)
    if found is not None:
        assert found == datetime.strptime(text, form).date()


MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2037, 12, 31)).map(lambda m: m.replace(microsecond=0))


@given(MOMENTS, st.sampled_from(["Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]))
def test_a_time_without_offset_is_a_time_of_the_chosen_zone(moment: datetime, zone: str) -> None:
    first, second = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC")).replace(tzinfo=None) for fold in (0, 1))
    found, codes = read({"type": "datetime"}, [moment.isoformat(), moment.isoformat() + "Z"], time_zone=zone)
    assert found == [first if first == second else None, moment]
    assert codes == ([] if first == second else [(0, "TYPE_DATETIME_CLOCK")])


def test_times_of_a_clock_change_have_words_of_their_own() -> None:
    cells = ["2024-03-31T02:30:00", "2024-10-27T02:30:00", "2024-10-27T02:30:00+02:00", "2024-07-01 12:00", "nonsense", "2024-03-31T02:30"]
    found, codes = read({"type": "datetime"}, cells, time_zone="Europe/Warsaw")
    assert found == [None, None, datetime(2024, 10, 27, 0, 30), datetime(2024, 7, 1, 10), None, None]
    assert codes == [(0, "TYPE_DATETIME_CLOCK"), (1, "TYPE_DATETIME_CLOCK"), (4, "TYPE_DATETIME"), (5, "TYPE_DATETIME_CLOCK")]
    field = {"type": "datetime", "format": "%d.%m.%Y %H:%M"}
    found, codes = read(field, ["31.03.2024 02:30", "01.07.2024 12:00", "31.02.2024 10:00"], time_zone="Europe/Warsaw")
    assert found == [None, datetime(2024, 7, 1, 10), None]
    assert codes == [(0, "TYPE_DATETIME_CLOCK"), (2, "TYPE_DATETIME")]


@pytest.mark.parametrize(("zone", "hours"), [("+02:00", 2), ("-0530", -5.5), ("UTC", 0), ("Europe/Warsaw", 1)])
def test_a_zone_is_a_name_or_an_offset(zone: str, hours: float) -> None:
    assert value({"type": "datetime"}, "2024-01-15T12:00:00", time_zone=zone) == datetime(2024, 1, 15, 12) - timedelta(hours=hours)


@pytest.mark.parametrize(
    "options",
    [
        {"time_zone": "Mars/Olympus"}, {"time_zone": "+25:00"}, {"time_zone": ""}, {"time_zone": 3}, {"strict_empty": "yes"}, {"unprotect": 1},
        {"on_bad_optional": "ignore"}, {"unique_email": "no"},
    ],
)  # fmt: skip
def test_an_option_with_a_value_that_it_cannot_have_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MappingProblem) as raised:
        planned({"fields": [{"name": "f"}]}, **options)
    assert raised.value.fix
    assert raised.value.code == "MAPPING_OPTION"


def test_an_empty_cell_is_an_error_where_the_import_says_so() -> None:
    field = {"type": "integer", "missingValues": ["-"]}
    assert read(field, ["1", None, "-"]) == ([1, None, None], [])
    assert read(field, ["1", None, "-"], strict_empty=True) == ([1, None, None], [(1, "CELL_EMPTY")])
    assert read({**field, "constraints": {"required": True}}, ["1", None, "-"], strict_empty=True)[1] == [(1, "REQUIRED"), (2, "REQUIRED")]


def test_a_bad_optional_value_of_any_type_can_be_left_out() -> None:
    plan = planned({"fields": [{"name": "id"}, {"name": "f", "type": "time", "optional": True}]}, on_bad_optional="drop_value")
    result = validate(plan, frame_of([["a", "b"], ["25:00:00", "10:00:00"]]))
    assert sorted(result.valid["f"].to_list(), key=str) == [time(10), None]
    assert {r.severity for r in plan.rules if r.code == "TYPE_TIME"} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("text", "low", "fits"),
    [
        ("P1M", "P28D", True), ("P1M", "P30D", False), ("P32D", "P1M", True), ("P1Y", "P364D", True), ("P1Y", "P366D", False), ("PT36H", "P1D", True),
        ("-P1D", "P0D", False), ("P2W", "P14D", True), ("PT0.5S", "PT0.25S", True),
    ],
)  # fmt: skip
def test_lengths_of_time_are_compared_as_xml_schema_says(text: str, low: str, fits: bool) -> None:
    assert (value({"type": "duration", "constraints": {"minimum": low}}, text) == text) is fits


def test_a_json_schema_judges_each_value() -> None:
    rule = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^[a-z]+$"}}}
    cells = ['{"a": "x"}', '{"a": "X"}', '{"b": 1}', "[1]", None, '{"a": "x"}']
    found, codes = read({"type": "object", "constraints": {"jsonSchema": rule}}, cells)
    assert found == ['{"a": "x"}', None, None, None, None, '{"a": "x"}']
    assert codes == [(1, "JSON_SCHEMA"), (2, "JSON_SCHEMA"), (3, "TYPE_OBJECT")]
    assert read({"type": "array", "constraints": {"jsonSchema": {"items": {"type": "integer"}}}}, ["[1, 2]", '["a"]'])[1] == [(1, "JSON_SCHEMA")]


def test_categories_are_the_allowed_values() -> None:
    assert read({"type": "string", "categories": ["a", "b"], "categoriesOrdered": True}, ["a", "c"])[1] == [(1, "ENUM")]
    assert read({"type": "integer", "categories": [{"value": 0, "label": "no"}, {"value": 1}]}, ["0", "01", "2"])[1] == [(2, "ENUM")]


def test_a_list_of_one_column_is_cut_at_its_delimiter() -> None:
    assert value({"type": "list", "delimiter": "; "}, "a; b; a") == ["a", "b", "a"]
    assert value({"type": "list", "itemType": "integer"}, "1,02") == ["1", "02"]
    assert read({"type": "list", "itemType": "date"}, ["2024-01-01,2024-02-30"])[1] == [(0, "TYPE_LIST")]


LIMITS = [0, 1, -1, 2.5, "2", "2024-02-29", "2024-01-01T10:00:00Z", "10:00:00", "2024", "2024-02", "P1M", "PT1H", "x", "", True, None, [], {}, "[1]", "{}", 2**64]
RULES = st.dictionaries(
    st.sampled_from(["required", "pattern", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "jsonSchema"]),
    st.sampled_from(LIMITS) | st.lists(st.sampled_from(LIMITS), max_size=3) | st.sampled_from(["[a-z]+", "(", {"type": "object"}]),
    max_size=3,
)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "format": st.sampled_from(["default", "any", "email", "uri", "uuid", "binary", "array", "object", "topojson", "%d/%m/%Y", "%H:%M", "%Y-%m-%d %H:%M%z"]),
        "groupChar": st.sampled_from([",", ".", " ", "", "a"]), "decimalChar": st.sampled_from([",", "."]), "bareNumber": st.booleans(),
        "trueValues": st.lists(st.sampled_from(["1", "y"]), max_size=2), "itemType": st.sampled_from(["integer", "date", "time", "datetime", "boolean", "number"]),
        "delimiter": st.sampled_from([";", ", ", "|"]), "categories": st.lists(st.sampled_from(LIMITS), max_size=3),
        "missingValues": st.lists(st.sampled_from(["-", "", "x"]), max_size=3), "optional": st.booleans(),
    },
)  # fmt: skip


@given(st.sampled_from(sorted(DTYPES)), RULES, PROPERTIES, st.lists(st.sampled_from([str(v) for v in LIMITS]) | st.text(max_size=6), min_size=1, max_size=4))
@settings(max_examples=400)
def test_a_field_is_refused_when_it_is_read_or_judges_every_cell(kind: str, rules: dict[str, Any], more: dict[str, Any], cells: list[str]) -> None:
    refusal = "own.json, field f"
    try:
        alike(planned({"fields": [{"name": "f", "type": kind, "constraints": rules, **more}]}, time_zone="Europe/Warsaw"), frame_of([cells]))
    except DeclarationError as error:
        refusal = error.message
    assert refusal.startswith("own.json, field f")


def alike(plan: Plan, frame: pl.DataFrame) -> None:
    quick, careful = validate(plan, frame), judge(plan, frame, plan.steps)
    assert quick.violations.equals(careful.violations)
    assert quick.rejected.equals(careful.rejected)
    assert quick.valid.sort("_record").equals(careful.valid.sort("_record"))


@pytest.mark.parametrize("name", CASES)
def test_the_quick_look_and_the_careful_one_agree_for_every_type(name: str) -> None:
    case = CASES[name]
    for options in ({}, {"time_zone": "Europe/Warsaw"}, {"strict_empty": True}, {"unprotect": True}):
        plan = planned({"fields": [{"name": "cell", **case.field}], **case.schema}, **options)
        alike(plan, frame_of([case.cells]))
        for cell in case.cells:
            alike(plan, frame_of([[cell]]))


def test_a_good_record_of_any_type_passes_the_quick_look() -> None:
    """Where a good value had to be looked at twice, an import would take twice as long."""
    for name, case in CASES.items():
        plan = planned({"fields": [{"name": "cell", **case.field}], **case.schema})
        good: Validated = validate(plan, frame_of([case.cells]))
        # What stands for no value is looked at twice.
        missing = [m for texts in (case.schema, case.field) for m in texts.get("missingValues", [])]
        given = [m["value"] if isinstance(m, dict) else m for m in missing]
        frame = frame_of([case.cells]).filter(pl.col("_record").is_in(good.valid["_record"].implode()), ~pl.col("c0").is_in(given).fill_null(value=False))
        assert frame.height, name
        named = frame.rename({"c0": "\0" + "0"}).lazy().with_columns(e for s in plan.steps.values() for e in s.quick)
        assert named.select(pl.all_horizontal(s for step in plan.steps.values() for s in step.passes)).collect().to_series().all(), name


def test_every_type_is_kept_by_the_destination_as_it_is_in_the_parts(tmp_path: Path) -> None:
    samples = {
        "string": "a", "integer": "1", "number": "1.5", "boolean": "true", "date": "2024-03-09", "datetime": "2024-03-09T10:00:00Z", "time": "10:00:00.5",
        "year": "2024", "yearmonth": "2024-03", "duration": "P1D", "list": "a,b", "object": '{"a": 1}', "array": "[1]",
        "geojson": '{"type": "Point", "coordinates": [1, 2]}', "geopoint": "1, 2", "any": "x",
    }  # fmt: skip
    assert set(samples) == set(DTYPES) == set(SQL_TYPES)
    plan = planned({"fields": [{"name": t, "type": t} for t in samples]})
    result = validate(plan, frame_of([[s] for s in samples.values()]))
    assert result.violations.height == 0
    path = tmp_path / "part.parquet"
    result.valid.select(*samples).write_parquet(path)
    with connect(":memory:", load_settings("unused", env={})) as db:
        kinds = dict(row[:2] for row in db.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall())
        assert kinds == {name: SQL_TYPES[name] for name in samples} | {"time": "TIME_NS"}  # which becomes TIME without loss
        row = db.execute(f"SELECT time::TIME, list, object, datetime FROM read_parquet('{path}')").fetchone()
    assert row == (time(10, 0, 0, 500000), ["a", "b"], '{"a": 1}', datetime(2024, 3, 9, 10))
