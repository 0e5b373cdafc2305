"""The profile is exact, and it does not matter how the records were divided into parts."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import Damaged
from importer.profiling import Profile
from importer.profiling.column import Limits
from importer.profiling.histogram import Histogram

FEW = Limits(values=3, characters=60, hashes=4)
Cells = Sequence[str | None]


def profile(*columns: Cells, cuts: Sequence[int] = (), limits: Limits | None = None) -> Profile:
    """The profile of columns whose records come in parts that end before the cuts."""
    names = [f"c{i}" for i in range(len(columns))]
    frame = pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict.fromkeys(names, pl.String))
    result = Profile(names, limits)
    ends = [*sorted(cuts), frame.height]
    for start, end in zip([0, *ends], ends, strict=False):
        result.add(frame.slice(start, end - start), names)
    return result


def column(*cells: str | None) -> dict[str, Any]:
    return profile(cells).document()["columns"][0]


def texts_of(*pools: st.SearchStrategy[str]) -> st.SearchStrategy[list[str | None]]:
    return st.one_of(*(st.lists(st.none() | pool, max_size=25) for pool in pools))


integers = st.integers(-(2**63), 2**63 - 1).map(str) | st.integers(-20, 20).map(str)
numbers = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.decimals(-99, 99, places=2).map(str)
dates = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat)
times = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
utc_times = times.map(lambda t: t.replace(microsecond=0).isoformat() + "Z")
any_times = st.builds(
    lambda t, seconds, space, zone: t.isoformat(" " if space else "T", seconds) + zone,
    times,
    st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
    st.booleans(),
    st.sampled_from(["", "Z", "+02:00", "-0330"]),
)
words = st.text(max_size=12) | st.sampled_from(["", "007", "-0", "+5", "1.", ".5", "inf", "2024-02-30", "1e999", " 1"])
cells = texts_of(integers, numbers, integers | numbers, dates, utc_times, any_times, words, words | integers)
tables = st.tuples(cells, cells).map(lambda pair: [c[: min(map(len, pair))] for c in pair])


@settings(max_examples=150, deadline=None)
@given(tables, st.lists(st.integers(0, 25), max_size=5), st.sampled_from([FEW, None]))
def test_parts_of_any_size_give_the_profile_of_the_whole(table: list[Cells], cuts: list[int], limits: Limits | None) -> None:
    cuts = [cut for cut in cuts if cut <= len(table[0])]
    assert profile(*table, cuts=cuts, limits=limits).document() == profile(*table, limits=limits).document()


@settings(max_examples=150, deadline=None)
@given(tables, st.integers(0, 25), st.sampled_from([FEW, None]))
def test_merged_profiles_are_the_profile_of_all_records(table: list[Cells], cut: int, limits: Limits | None) -> None:
    head, tail = ([c[:cut] for c in table], [c[cut:] for c in table])
    merged = profile(*head, limits=limits)
    merged.merge(profile(*tail, limits=limits))
    assert merged.document() == profile(*table, limits=limits).document()


@settings(max_examples=50, deadline=None)
@given(tables, st.integers(0, 25), st.sampled_from([FEW, None]))
def test_a_saved_profile_goes_on_as_if_it_had_never_stopped(
    tmp_path_factory: pytest.TempPathFactory, table: list[Cells], cut: int, limits: Limits | None
) -> None:
    path = tmp_path_factory.mktemp("profile") / "profile.json"
    profile(*[c[:cut] for c in table], limits=limits).save(path)
    loaded = Profile.load(path)
    loaded.add(pl.DataFrame({f"f{i}": c[cut:] for i, c in enumerate(table)}, schema=["f0", "f1"]).cast(pl.String), ["f0", "f1"])
    assert loaded.document() == profile(*table, limits=limits).document()
    assert [p.name for p in path.parent.iterdir()] == ["profile.json"]


@settings(max_examples=200, deadline=None)
@given(cells, st.sampled_from([FEW, None]))
def test_figures_equal_those_of_plain_python(values: Cells, limits: Limits | None) -> None:
    shown = profile(values, limits=limits).document()["columns"][0]
    filled = [v for v in values if v is not None]
    assert (shown["filled"], shown["empty"]) == (len(filled), len(values) - len(filled))
    assert shown["examples"] == list(dict.fromkeys(v[:100] for v in filled))[:5]
    lengths = [len(v) for v in filled] or [0]
    assert (shown["min_length"], shown["max_length"]) == (min(lengths), max(lengths))
    assert shown["mean_length"] == pytest.approx(sum(lengths) / len(lengths))
    assert_distinct_values(shown, filled, limits)
    assert_type_and_extremes(shown, filled)


def assert_distinct_values(shown: dict[str, Any], filled: list[str], limits: Limits | None) -> None:
    counts = Counter(filled)
    if limits is None or (len(counts) <= limits.values and sum(map(len, counts)) <= limits.characters):
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]
        assert shown["top"] == [[value, count] for value, count in most]
        assert (shown["distinct"], shown["distinct_exact"]) == (len(counts), True)
    else:
        hashes = sorted(pl.Series(list(counts)).hash().to_list())[: limits.hashes]
        exact = len(hashes) < limits.hashes
        estimate = len(hashes) if exact else min(round((limits.hashes - 1) * 2**64 / hashes[-1]), len(filled))
        assert shown["top"] is None
        assert (shown["distinct"], shown["distinct_exact"]) == (estimate, exact)


def assert_type_and_extremes(shown: dict[str, Any], filled: list[str]) -> None:
    read = [plain(v) for v in filled]
    kinds = {kind for kind, _ in read}
    if kinds == {"integer", "number"}:
        kinds, read = {"number"}, [("number", float(n)) for _, n in read]
    kind = kinds.pop() if len(kinds) == 1 else "string" if kinds else "empty"
    assert shown["type"] == kind
    if kind in ("empty", "string"):
        expected = (min(filled)[:100], max(filled)[:100]) if filled else (None, None)
        assert (shown["min"], shown["max"], shown["mean"], shown["histogram"]) == (*expected, None, None)
        return
    values = [n for _, n in read]
    low, high = back(shown["min"], kind), back(shown["max"], kind)
    assert (low, high) == (min(values), max(values))
    edges = [back(e, kind) for e in shown["histogram"]["edges"]]
    assert_histogram(edges, shown["histogram"]["counts"], values)
    if kind in ("integer", "number"):
        assert shown["mean"] == float(sum(Fraction(float(v)) for v in values) / len(values))
    else:
        assert shown["mean"] is None


def assert_histogram(edges: list[Any], counts: list[int], values: list[Any]) -> None:
    assert sum(counts) == len(values)
    assert 1 <= len(counts) <= 20
    assert len(edges) == len(counts) + 1
    for i, (low, high, count) in enumerate(zip(edges, edges[1:], counts, strict=False)):
        # The largest numbers have no edge above them.
        last = i == len(counts) - 1 and not isinstance(high, datetime) and float(high) in (sys.float_info.max, 2.0**63)
        assert count == sum(low <= shape(v) and (last or shape(v) < high) for v in values)


def shape(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def plain(text: str) -> tuple[str, Any]:
    """Type and value of a text, without the importer."""
    if re.fullmatch("0|-?[1-9][0-9]*", text) and -(2**63) <= int(text) < 2**63:
        return "integer", int(text)
    if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) and math.isfinite(float(text)):
        return "number", float(text)
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?", text, re.DOTALL):
        try:
            return ("date" if len(text) == 10 else "datetime"), back(text, "datetime")
        except ValueError:
            pass
    return "string", text


def back(shown: Any, kind: str) -> Any:
    if kind in ("integer", "number"):
        return shown
    moment = datetime.fromisoformat(shown)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["true", "False", None], "boolean"),
        (["1", "-5", "0", "9223372036854775807"], "integer"),
        (["1", "9223372036854775808"], "number"),
        (["1", "2.50", "-1e5"], "number"),
        (["01", "2"], "string"),
        (["1", "-0"], "number"),
        (["+1"], "string"),
        (["1e999"], "string"),
        (["2024-02-29", "1999-12-31"], "date"),
        (["2023-02-29"], "string"),
        (["0000-01-01"], "string"),
        (["2024-1-05"], "string"),
        (["2024-02-29T23:59:59Z"], "datetime"),
        (["2024-02-29T23:59:60Z"], "string"),
        (["2024-02-29T23:59:59Z", "2024-02-29 10:00", "2024-02-29T10:00:00.123456+02:00"], "datetime"),
        (["2024-02-29T24:00"], "string"),
        (["0001-01-01T00:00+01:00"], "string"),
        (["2024-02-29T10:00\n"], "string"),
        (["2024-02-29", "2024-02-29T10:00:00Z"], "string"),
        ([None, None], "empty"),
        ([], "empty"),
        ([""], "string"),
    ],
)
def test_a_type_is_what_every_value_can_be(values: Cells, kind: str) -> None:
    assert column(*values)["type"] == kind
    assert profile(values, limits=Limits(0, 0, 4)).document()["columns"][0]["type"] in (kind, "string")


def test_a_column_that_begins_with_numbers_and_goes_on_with_words_is_text() -> None:
    values = [str(i) for i in range(20)] + ["apple", "9"]
    document = profile(values, cuts=[10, 20], limits=FEW).document()["columns"][0]
    assert (document["type"], document["min"], document["max"]) == ("string", "0", "apple")
    assert document["histogram"] is None


def test_an_empty_column_has_zeros_and_nothing_else() -> None:
    assert column(None, None) == {
        "column": "c0",
        "filled": 0,
        "empty": 2,
        "distinct": 0,
        "distinct_exact": True,
        "type": "empty",
        "min": None,
        "max": None,
        "mean": None,
        "min_length": 0,
        "max_length": 0,
        "mean_length": 0.0,
        "top": [],
        "histogram": None,
        "examples": [],
    }


def test_times_of_different_zones_are_compared_in_utc() -> None:
    document = column("2024-01-01T00:30:00+01:00", "2024-01-01T00:00:00Z")
    assert (document["min"], document["max"]) == ("2023-12-31T23:30:00Z", "2024-01-01T00:00:00Z")


def test_times_without_a_zone_are_shown_without_one() -> None:
    document = column("2024-01-01T00:30:00.5", "2024-01-02 00:00")
    assert (document["min"], document["max"]) == ("2024-01-01T00:30:00.500000", "2024-01-02T00:00:00")


def test_the_first_and_the_last_date_there_are_have_a_histogram() -> None:
    histogram = column("0001-01-01", "9999-12-31")["histogram"]
    assert (histogram["edges"][0], histogram["edges"][-1]) == ("0001-01-01", "9999-12-31")
    assert sum(histogram["counts"]) == 2


def test_the_largest_numbers_have_a_histogram_that_json_can_hold() -> None:
    histogram = column("1.7976931348623157e308", "-1.7976931348623157e308", "0")["histogram"]
    json.dumps(histogram, allow_nan=False)
    assert sum(histogram["counts"]) == 3


def test_a_histogram_has_8_to_20_bins_when_the_values_are_spread() -> None:
    for records in (100, 1_000, 7_777, 20_000):
        assert 8 <= len(column(*map(str, range(records)))["histogram"]["counts"]) <= 20


def test_one_value_has_one_bin() -> None:
    assert column("1000", "1000")["histogram"] == {"edges": [1000, 1001], "counts": [2]}
    assert column("2024-01-01")["histogram"] == {"edges": ["2024-01-01", "2024-01-02"], "counts": [1]}
    low, high = column("0.1", "0.1")["histogram"]["edges"]
    assert low <= 0.1 < high
    assert high - low > 0.001


def test_a_tiny_negative_number_lies_below_zero() -> None:
    histogram = column("4e75", "-8.9e-250")["histogram"]
    assert histogram["edges"][:2] == [-histogram["edges"][2], 0.0]
    assert histogram["counts"][0] == 1


def test_histograms_of_far_apart_values_merge() -> None:
    tiny, huge = (Histogram.of(pl.Series([v]).to_numpy()) for v in (5e-324, 1e300))
    assert sum(tiny.merged(huge).counts) == 2
    assert tiny.merged(huge) == huge.merged(tiny)


def test_long_texts_are_cut_and_do_not_fill_the_memory() -> None:
    values = [f"{i:03}" + "x" * 100_000 for i in range(100)]
    document = profile(values, cuts=[30]).document()["columns"][0]
    assert document["top"] is None
    assert (document["distinct"], document["distinct_exact"]) == (100, True)
    assert (document["min"], document["max_length"]) == (values[0][:100], 100_003)
    assert document["examples"] == [v[:100] for v in values[:5]]


def test_the_number_of_distinct_values_is_exact_up_to_5000() -> None:
    document = column(*(f"v{i % 5_000}" for i in range(20_000)))
    assert (document["distinct"], document["distinct_exact"]) == (5_000, True)
    assert document["top"][0] == ["v0", 4]


def test_200_000_distinct_values_are_estimated_within_10_percent() -> None:
    values = [f"{i}@example.com" for i in range(200_000)] * 2
    document = profile(values, cuts=[50_000, 200_000]).document()["columns"][0]
    assert document["distinct"] == pytest.approx(200_000, rel=0.1)
    assert not document["distinct_exact"]
    assert document["top"] is None


def test_hashes_are_the_same_in_another_process(tmp_path: Path) -> None:
    values = [f"{i}@example.com" for i in range(9_000)]
    profile(values[:7_000]).save(tmp_path / "profile.json")
    program = (
        "import sys, json, polars as pl; from pathlib import Path; from importer.profiling import Profile\n"
        "profile = Profile.load(Path(sys.argv[1]))\n"
        "profile.add(pl.DataFrame({'x': [f'{i}@example.com' for i in range(7_000, 9_000)]}), ['x'])\n"
        "print(json.dumps(profile.document()))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "profile.json")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == profile(values).document()


def test_columns_that_are_not_asked_for_are_ignored() -> None:
    result = Profile(["email"])
    result.add(pl.DataFrame({"_line": [2, 3], "f7": ["a", None]}), ["f7"])
    assert [(c["column"], c["filled"]) for c in result.document()["columns"]] == [("email", 1)]


def test_a_column_may_have_any_name() -> None:
    result = Profile(["count", "value"])
    result.add(pl.DataFrame({"count": ["1", "2"], "value": ["a", "a"]}), ["count", "value"])
    assert [c["distinct"] for c in result.document()["columns"]] == [2, 1]


def test_numbers_with_very_many_digits_stay_numbers() -> None:
    values = [f"0.{'0' * 98}{i}e5" for i in range(1, 20)]
    assert profile(values, cuts=[10], limits=FEW).document()["columns"][0]["type"] == "number"


def test_a_wide_file_is_profiled_with_bounded_memory(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(1_000)]
    result = Profile(names)
    for part in range(3):
        texts = pl.Series([str(part * 1_000 + i) for i in range(1_000)])
        result.add(pl.DataFrame([texts.alias(name) for name in names]), names)
    document = result.document()["columns"][999]
    assert (document["type"], document["filled"]) == ("integer", 3_000)
    assert document["distinct"] == pytest.approx(3_000, rel=0.3)
    result.save(tmp_path / "profile.json")
    assert (tmp_path / "profile.json").stat().st_size < 5_000_000


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "check": 5}'])
def test_a_damaged_state_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "profile.json").write_text(text)
    with pytest.raises(Damaged):
        Profile.load(tmp_path / "profile.json")


def test_a_missing_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        Profile.load(tmp_path / "profile.json")


def test_the_document_is_json() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    moments = [(start + timedelta(seconds=i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(6_000)]
    document = profile(moments, [str(i / 4) for i in range(6_000)]).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["columns"][0]["histogram"]["edges"][0] <= moments[0]
