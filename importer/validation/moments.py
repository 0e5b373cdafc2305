"""Dates, times and both together, read from text: ISO 8601 as bytes where it can be, patterns, and time zones.

A value that cannot be read becomes null; none of these raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from importer import fixed
from importer.errors import MappingProblem
from importer.schema import DTYPES
from importer.schema.patterns import directives

UTC = "UTC"
# Date and time of ISO 8601 with T or a space, seconds, fraction and zone optional (source: spec of dates and times).
_DATETIME = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<minute>\d{2}:\d{2})(?::(?P<second>[0-5]\d)(?P<fraction>\.\d{1,9})?)?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?)?$"
)
_TIME = r"^[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,9})?$"
# What the format `any` takes. Forms that mean two days, such as 03/05/2024, are not among them.
_ANY_DATE = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
_ANY_TIME = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p")
_ANY = {"date": _ANY_DATE, "time": _ANY_TIME, "datetime": tuple(f"{day} {time}" for day in _ANY_DATE for time in _ANY_TIME)}
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def check_zone(zone: object) -> str:
    """A time zone as the engine takes it: a name of the IANA database, or an offset such as +02:00. Raises MappingProblem."""
    text = str(zone)
    if found := _OFFSET.fullmatch(text):
        if int(found[2]) <= 18 and int(found[3]) < 60:
            return f"{found[1]}{found[2]}:{found[3]}"
    elif text:
        try:
            pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(text)
            return text
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            pass
    message = f"There is no time zone {text!r}."
    raise MappingProblem(message, fix="Write a name such as Europe/Warsaw, or an offset such as +02:00.", code="MAPPING_OPTION")


def parse(data_type: str, form: str, text: pl.Expr, zone: str) -> pl.Expr:
    """The values of a text for `date`, `datetime` (in UTC, without a zone) or `time`."""
    if form not in ("default", "any"):
        return _by_pattern(data_type, form, text, zone)
    return text.map_batches(lambda found: _read(data_type, form, found, zone), return_dtype=DTYPES[data_type])


def _read(data_type: str, form: str, text: pl.Series, zone: str) -> pl.Series:
    """Values in the default form; where any form will do, what is left is tried in one form after the other."""
    readers: dict[str, Callable[[pl.Series], pl.Series]] = {
        "date": parse_date,
        "datetime": lambda s: parse_datetime(s, zone),
        "time": parse_time,
    }
    value = readers[data_type](text)
    if form == "default":
        return value
    for one in _ANY[data_type]:
        left = value.is_null() & text.is_not_null()
        if not left.any():
            break
        found = text.filter(left).to_frame("t").select(_by_pattern(data_type, one, pl.col("t"), zone))["t"]
        value = value.scatter(left.arg_true(), found)
    return value


def _by_pattern(data_type: str, form: str, text: pl.Expr, zone: str) -> pl.Expr:
    regex, chrono = directives(form, data_type)
    fitting = pl.when(text.str.contains(regex)).then(text)
    if data_type == "time":
        return fitting.str.to_time(chrono, strict=False)
    if data_type == "date":
        return _century(form, fitting.str.to_date(chrono, strict=False))
    if "%z" not in form:
        return local(_century(form, fitting.str.to_datetime(chrono, strict=False, time_unit="us")), zone)
    with_offset = fitting.str.replace(r"Z$", "+0000") if form.endswith("%z") else fitting
    moment = with_offset.str.to_datetime(chrono, strict=False, time_unit="us", time_zone=UTC)
    return _century(form, moment.dt.replace_time_zone(None))


def _century(form: str, value: pl.Expr) -> pl.Expr:
    """Years of two digits as Python reads them: 69 is 1969. The engine begins the century with 70."""
    return pl.when(value.dt.year() == 2069).then(value.dt.offset_by("-100y")).otherwise(value) if "%y" in form else value


def local(value: pl.Expr, zone: str) -> pl.Expr:
    """Times of the clock in a zone as UTC; null where such a time does not exist or exists twice."""
    if zone == UTC:
        return value
    if found := _OFFSET.fullmatch(zone):
        minutes = (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)
        return value - pl.duration(minutes=minutes)
    return value.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone(UTC).dt.replace_time_zone(None)


def parse_date(text: pl.Series) -> pl.Series:
    """Dates written YYYY-MM-DD."""
    return _fixed(text, len(fixed.DATE_LAYOUT), fixed.days, pl.Date())


def parse_time(text: pl.Series) -> pl.Series:
    """Times written hh:mm:ss, with a fraction of a second or not."""
    fits = text.str.contains(_TIME)
    found = text.to_frame("t").select(pl.when(fits).then(pl.col("t")).str.to_time("%H:%M:%S%.f", strict=False))["t"]
    return (found.cast(pl.Int64) // 1000 * 1000).cast(pl.Time)  # the destination keeps microseconds


def parse_datetime(text: pl.Series, zone: str = UTC) -> pl.Series:
    """Date-times as UTC microseconds without a zone; text without an offset counts as a time of `zone`."""
    # Nearly every export writes the first form; only what is left goes through the slower general one.
    quick = _fixed(text, len(fixed.TIME_LAYOUT), fixed.microseconds, pl.Datetime("us"))
    left = quick.is_null() & text.is_not_null()
    if not left.any():
        return quick
    return quick.scatter(left.arg_true(), _general_datetime(text.filter(left), zone))


def _fixed(text: pl.Series, length: int, parse: Callable[[pl.Series], tuple[Any, Any]], dtype: pl.DataType) -> pl.Series:
    """The texts of this length as `parse` reads them, null where it cannot or where the length is another."""
    fits = (text.str.len_bytes() == length).fill_null(value=False)
    numbers, wrong = parse(text if fits.all() else text.filter(fits))
    values = pl.Series(text.name, numbers).cast(dtype)
    if wrong.any():
        values = values.set(pl.Series(wrong), None)
    if len(values) == len(text):
        return values
    return pl.Series(text.name, [None], dtype=dtype).new_from_index(0, len(text)).scatter(fits.arg_true(), values)


def _general_datetime(text: pl.Series, zone: str) -> pl.Series:
    parts = text.to_frame("t").select(pl.col("t").str.extract_groups(_DATETIME)).unnest("t")
    part = pl.col
    second = part("second").fill_null("00") + part("fraction").fill_null("")
    clock = (part("day") + "T" + part("minute") + ":" + second).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    minutes = part("hours").cast(pl.Int64) * 60 + part("minutes").fill_null("00").cast(pl.Int64)
    readable = minutes.is_null() | ((minutes <= 18 * 60) & (part("minutes").fill_null("00").cast(pl.Int64) < 60))
    offset = pl.duration(minutes=minutes * pl.when(part("sign") == "-").then(-1).otherwise(1))
    moment = pl.when(part("utc").is_not_null()).then(clock).when(minutes.is_not_null()).then(clock - offset).otherwise(local(clock, zone))
    return parts.select(pl.when(readable).then(moment).alias("t"))["t"]
