"""Numbers, sizes and times read as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pages.widgets import format as words


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (1234567, "1,234,567"), (12.25, "12.25"), (3.0, "3"), (0.12345, "0.1235"), (-1500, "-1,500")],
)
def test_number_has_separators_and_at_most_four_decimals(value: float | None, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(9_999, "9,999"), (10_000, "10.0K"), (999_499, "999.5K"), (999_600, "1.0M"), (41_200_000, "41.2M"), (2_000_000_000, "2.0B")],
)
def test_large_counts_are_shortened_without_jumping_back(value: int, text: str) -> None:
    assert words.short_number(value) == text


def test_count_names_one_and_many() -> None:
    assert [words.count(n, "record") for n in (0, 1, 1200)] == ["0 records", "1 record", "1,200 records"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"),
        (0, 7, "0 %"),
        (1, 100_000, "< 0.1 %"),
        (99_999, 100_000, "> 99.9 %"),
        (1, 3, "33.3 %"),
        (5, 5, "100 %"),
    ],
)
def test_a_small_part_is_not_zero_and_an_incomplete_one_is_not_all(part: int, whole: int, text: str) -> None:
    assert words.percent(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1_500, "1.5 KB"), (999_950, "1 MB"), (4_100_000_000, "4.1 GB"), (2 * 10**12, "2 TB")],
)
def test_sizes_are_decimal(value: int | None, text: str) -> None:
    assert words.size(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.42, "0.4 s"), (9.97, "10 s"), (42, "42 s"), (59.7, "1 min 0 s"), (221, "3 min 41 s"), (7500, "2 h 5 min")],
)
def test_durations_use_the_units_that_fit(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


def test_time_left_is_an_estimate_in_words() -> None:
    assert [words.time_left(s) for s in (None, 0.5, 61.4)] == ["", "almost done", "about 1 min 1 s left"]


def test_rate_is_left_out_while_it_is_not_known() -> None:
    assert [words.rate(r) for r in (None, 0.0, 41234.6)] == ["", "", "41,235 records/s"]


def test_a_moment_is_shown_in_the_zone_of_the_reader() -> None:
    moment = datetime(2026, 11, 3, 23, 5, tzinfo=UTC)
    assert words.when(moment, words.zone("Europe/Berlin")) == "4 Nov 2026, 00:05"
    assert words.when(None, words.zone("UTC")) == "–"


@pytest.mark.parametrize("name", [None, "", "No/Such", "../etc/passwd", "a\0b"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert words.zone(name).key == "UTC"


def test_values_stay_on_one_line_and_keep_their_reading_direction() -> None:
    assert words.visible("a\tb\r\nc\0") == "a⇥b␍↵c␀"
    assert words.visible("cod\u202efdp.exe") == "cod\ufffdfdp.exe"
    assert words.visible(None) == "–"
    assert words.visible("x" * 50, 10) == "x" * 9 + "…"


def test_markdown_is_left_as_it_is_because_only_text_widgets_show_it() -> None:
    assert words.visible("![x](http://evil.example/i.png)") == "![x](http://evil.example/i.png)"
