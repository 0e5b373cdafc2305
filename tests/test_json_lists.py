"""Lists of objects in one cell are read as Python's own JSON reader reads them, and no text stops the reading."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.validation.json_lists import increasing

NAMES = ("of", "by")


def judged(texts: list[str | None]) -> list[bool | None]:
    frame = pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})
    return frame.select(increasing(pl.col("t"), "by", NAMES)).to_series().to_list()


def expected(text: str | None) -> bool | None:
    if text is None:
        return None
    try:
        items = json.loads(text, parse_constant=lambda _: pytest.fail("never generated"))
        json.dumps(items, ensure_ascii=False).encode()  # half of a character in two halves is no text
    except ValueError:
        return False
    if not isinstance(items, list) or not items or not all(isinstance(i, dict) for i in items):
        return False
    if not all(_is_number(i.get(n)) for i in items for n in NAMES):
        return False
    return all(a["by"] < b["by"] for a, b in pairwise(items))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


SCALARS = st.one_of(st.integers(-5, 5), st.decimals(-9, 9, places=2).map(float), st.none(), st.booleans(), st.text(max_size=4), st.just("3"))
NUMBERS = st.integers(-3, 9)
ITEMS = st.one_of(
    st.fixed_dictionaries({"of": NUMBERS, "by": NUMBERS}, optional={"x": SCALARS}),
    st.dictionaries(st.sampled_from(["of", "by", "x", 'a"b', "é\n"]), SCALARS),
)
WHOLE = st.lists(ITEMS, max_size=4)
WRITTEN = st.one_of(
    WHOLE.map(json.dumps), WHOLE.map(lambda v: json.dumps(v, indent=1, ensure_ascii=False)), SCALARS.map(json.dumps), ITEMS.map(json.dumps)
)


@st.composite
def texts(draw: st.DrawFn) -> str | None:
    text = draw(WRITTEN)
    if draw(st.booleans()) and text:
        at = draw(st.integers(0, len(text) - 1))
        return text[:at] + draw(st.sampled_from(["", " ", ",", "]", "{", "\\", "\x01", "é"])) + text[at + 1 :]
    return draw(st.one_of(st.just(text), st.none()))


@given(st.lists(texts(), max_size=6))
def test_a_list_is_right_where_json_reads_it_and_its_numbers_grow(values: list[str | None]) -> None:
    assert judged(values) == [expected(v) for v in values]


@pytest.mark.parametrize(
    "text",
    [
        "[", "nonsense", '[{"of": 1, "by": 01}]', '[{"of": 1, "by": 1e999}]', '[{"of": 1, "by": NaN}]', '[{"of": {"a": 1}, "by": 1}]',
        '[{"of": [1], "by": 1}]', '[{"of": 1, "by": 1, "x": "\\ud83d"}]', '[{"of": 1, "by": 1},]', '[{"of": "1", "by": 1}]',
    ],
)  # fmt: skip
def test_what_is_no_list_of_flat_objects_is_wrong_and_leaves_the_others_alone(text: str) -> None:
    good = '[{"of": 1.5, "by": 1}, {"of": 1, "by": 2.5}]'
    assert judged([good, text, None, good]) == [True, False, None, True]
