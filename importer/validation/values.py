"""Text to typed values, as Polars expressions. A value that cannot be read becomes null; none of these raises.

Every expression takes text with "no value" already as null.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import polars as pl

from importer import fixed
from importer.errors import DeclarationError
from importer.schema import Field
from importer.validation import json_lists

DTYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),  # UTC, without a zone: DuckDB reads it as TIMESTAMP
    "list": pl.List(pl.String()),
}

# Date and time of ISO 8601 with T or a space, seconds, fraction and zone optional (source: spec of dates and times).
_DATETIME = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<minute>\d{2}:\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d{1,9})?)?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?)?$"
)


def parse(field: Field, text: pl.Expr) -> pl.Expr:
    """The typed value of a text, null where it cannot be read."""
    match field.type:
        case "string":
            return text
        case "integer":
            return text.cast(pl.Int64, strict=False)  # takes a sign and the digits 0 to 9, and nothing else
        case "number":
            number = text.cast(pl.Float64, strict=False)
            return pl.when(number.is_finite()).then(number)  # the cast also reads "inf" and "nan"
        case "boolean":
            true, false = (pl.any_horizontal(text == t for t in spellings) for spellings in (field.true_values, field.false_values))
            return pl.when(true).then(True).when(false).then(False)
        case "date":
            return text.map_batches(parse_date, return_dtype=pl.Date())
        case "datetime":
            return text.map_batches(parse_datetime, return_dtype=pl.Datetime("us"))
    raise DeclarationError(f"There is no data type {field.type!r}.", fix="Correct the type document.")


def sure(field: Field, raw: pl.Expr) -> pl.Expr | None:
    """True where a source text is surely fine as it stands, by one look; None where there is no such look for the field.

    The look is the field's `quick` pattern, or the values it allows; a field that is not text and has no repairs is fine
    when it could be read (the frame has the typed value under the field's name) and keeps its limits.
    """
    rules = field.constraints or {}
    if field.quick:
        longest = rules.get("maxLength")
        fits = raw.str.contains(field.quick)
        return fits & (raw.str.len_bytes() <= longest) if longest else fits
    if field.type == "string":
        if "enum" in rules:
            return raw.is_in([str(v) for v in rules["enum"]])
        if set(rules) == {"increasing"} and not field.repairs and not field.characters:
            return json_lists.increasing(raw, rules["increasing"]["by"], rules["increasing"]["numbers"])
        return None if field.repairs or field.characters or rules else raw.is_not_null()
    if field.type == "list" or (field.repairs and field.type != "boolean") or field.characters or set(rules) - set(LIMITS):
        return None
    value = pl.col(field.name)
    tests = [LIMITS[rule](value, bound(field, limit)) for rule, limit in rules.items()]
    return pl.all_horizontal([value.is_not_null(), *tests])


def unsuspected(field: Field, raw: pl.Expr) -> pl.Expr | None:
    """As `sure`, where the source is known to hold none of the field's suspects: only the length is left to look at."""
    if not field.suspects or field.repairs or set(field.constraints or {}) - {"maxLength"}:
        return sure(field, raw)
    longest = (field.constraints or {}).get("maxLength")
    return raw.str.len_bytes() <= longest if longest else raw.is_not_null()


# Where a value keeps a limit.
LIMITS: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "minimum": pl.Expr.ge,
    "maximum": pl.Expr.le,
    "exclusiveMinimum": pl.Expr.gt,
    "exclusiveMaximum": pl.Expr.lt,
}


def parse_date(text: pl.Series) -> pl.Series:
    """Dates written YYYY-MM-DD."""
    return _fixed(text, len(fixed.DATE_LAYOUT), fixed.days, pl.Date())


def parse_datetime(text: pl.Series) -> pl.Series:
    """Date-times as UTC microseconds without a zone; text without an offset counts as UTC."""
    # Nearly every export writes the first form; only what is left goes through the slower general one.
    quick = _fixed(text, len(fixed.TIME_LAYOUT), fixed.microseconds, pl.Datetime("us"))
    left = quick.is_null() & text.is_not_null()
    if not left.any():
        return quick
    return quick.scatter(left.arg_true(), _general_datetime(text.filter(left)))


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


def _general_datetime(text: pl.Series) -> pl.Series:
    parts = text.to_frame("t").select(pl.col("t").str.extract_groups(_DATETIME)).unnest("t")
    part = pl.col
    second = part("second").fill_null("00") + part("fraction").fill_null("")
    local = (part("day") + "T" + part("minute") + ":" + second).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    minutes = part("hours").cast(pl.Int64) * 60 + part("minutes").fill_null("00").cast(pl.Int64)
    readable = minutes.is_null() | ((minutes <= 18 * 60) & (part("minutes").fill_null("00").cast(pl.Int64) < 60))
    offset = pl.duration(minutes=minutes * pl.when(part("sign") == "-").then(-1).otherwise(1))
    shifted = local - pl.when(minutes.is_not_null()).then(offset).otherwise(pl.duration(minutes=0))
    return parts.select(pl.when(readable).then(shifted).alias("t"))["t"]


def bound(field: Field, limit: Any) -> Any:
    """A limit of a constraint as a value of the field's type. Raises DeclarationError when it is none."""
    try:
        match field.type:
            case "date":
                return date.fromisoformat(str(limit))
            case "datetime":
                return datetime.fromisoformat(str(limit)).replace(tzinfo=None)
            case "integer":
                return int(limit)
            case _:
                return float(limit)
    except ValueError as error:
        raise DeclarationError(f"{field.name}: {limit!r} is no {field.type}.", fix="Correct the type document.") from error
