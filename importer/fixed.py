"""Reads dates and times that all have the same width, as bytes: several times faster than parsing each text."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

DATE_LAYOUT = "0000-00-00"
TIME_LAYOUT = "0000-00-00T00:00:00Z"  # a 0 stands for any digit
MICROSECONDS = 1_000_000
_ZERO = ord("0")
Flags = NDArray[np.bool_]


def days(texts: pl.Series) -> tuple[NDArray[np.int32], Flags]:
    """Days since 1970-01-01 of texts of 10 bytes, none of them null; and which of them are no date (YYYY-MM-DD)."""
    digits, wrong = _digits(texts, DATE_LAYOUT)
    return _days(digits, wrong), wrong


def microseconds(texts: pl.Series) -> tuple[NDArray[np.int64], Flags]:
    """Microseconds since 1970-01-01 of texts of 20 bytes, none of them null; and which are no time (YYYY-MM-DDThh:mm:ssZ)."""
    digits, wrong = _digits(texts, TIME_LAYOUT)
    date = _days(digits, wrong)
    hour, minute, second = (_number(digits[at : at + 2]) for at in (11, 14, 17))
    wrong |= (hour > 23) | (minute > 59) | (second > 59)
    seconds = (hour.astype(np.int32) * 60 + minute) * 60 + second
    return (date.astype(np.int64) * 86_400 + seconds) * MICROSECONDS, wrong


def _digits(texts: pl.Series, layout: str) -> tuple[NDArray[np.uint8], Flags]:
    """One row for each place of the layout, with the digit of every text; and which texts have another layout."""
    characters = texts.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, len(layout))).to_numpy()
    rows = np.ascontiguousarray(characters.reshape(-1, len(layout)).T) - np.uint8(_ZERO)
    wrong = np.zeros(len(texts), bool)
    for row, character in zip(rows, layout, strict=True):
        # What lies before "0" has become a large number, because unsigned numbers go round.
        wrong |= row > 9 if character == "0" else row != (ord(character) - _ZERO) % 256
    return rows, wrong


def _days(digits: NDArray[np.uint8], wrong: Flags) -> NDArray[np.int32]:
    """The days; marks those as wrong that are not in the calendar."""
    year, month, day = _number(digits[0:4]), _number(digits[5:7]), _number(digits[8:10])
    wrong |= (year < 1) | (month < 1) | (month > 12) | (day < 1)
    at = np.where(wrong, 0, year.astype(np.int32) * 12 + month - 13)
    starts = _month_starts()
    date = starts[at] + (day - 1)
    wrong |= date >= starts[at + 1]
    return date


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int16]:
    value: NDArray[np.int16] = digits[0].astype(np.int16)
    for digit in digits[1:]:
        value = value * np.int16(10) + digit
    return value


@cache
def _month_starts() -> NDArray[np.int32]:
    """The first day of every month from year 1 to the one after year 9999, in days since 1970-01-01."""
    months = np.arange("0001-01", "10000-02", dtype="datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int32)
