"""Lists of objects written as JSON in one cell, as Polars expressions; nothing here raises for a text."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# Polars refuses a whole column for one text that is no JSON, so a text is compared with this grammar before it is read:
# an array of objects without further arrays or objects in them (source: RFC 8259; a lone surrogate is no character).
_ESCAPE = (
    r'\\(?:["\\/bfnrt]|u(?:[0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}'
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))"
)
_TEXT = rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*"'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,2})?"
_MEMBER = rf"\s*{_TEXT}\s*:\s*(?:{_TEXT}|{_NUMBER}|true|false|null)\s*"
_OBJECT = rf"\s*\{{(?:{_MEMBER}(?:,{_MEMBER})*|\s*)\}}\s*"
_LIST = rf"^\s*\[{_OBJECT}(?:,{_OBJECT})*\]\s*$".replace(r"\s", r"[ \t\r\n]")

_TEXT_COLUMN = "\0"  # no member of an object that a rule asks for is called so


def increasing(text: pl.Expr, by: str, numbers: Sequence[str]) -> pl.Expr:
    """True where a text is a JSON list of at least one object, each with all of these numbers, and `by` grows from one to the next;
    null where there is no text."""
    return text.map_batches(lambda texts: _increasing(texts, by, numbers), return_dtype=pl.Boolean())


def _increasing(texts: pl.Series, by: str, numbers: Sequence[str]) -> pl.Series:
    # A number in quotes is text; it would be read like a number, so it is looked for in the text itself.
    quoted = pl.any_horizontal(pl.col(_TEXT_COLUMN).str.contains(rf'"{name}"[ \t\r\n]*:[ \t\r\n]*"') for name in numbers)
    listed = texts.unique().to_frame(_TEXT_COLUMN).filter(pl.col(_TEXT_COLUMN).str.contains(_LIST) & ~quoted)
    objects = pl.List(pl.Struct(dict.fromkeys(numbers, pl.String)))
    items = listed.with_columns(pl.col(_TEXT_COLUMN).str.json_decode(objects).alias("items")).explode("items").unnest("items")
    # One pass over all objects of all texts: reckoning within each list takes ten times as long.
    values = items.with_columns(pl.col(list(numbers)).cast(pl.Float64, strict=False))
    first = pl.col(_TEXT_COLUMN).ne_missing(pl.col(_TEXT_COLUMN).shift())
    right = pl.all_horizontal(pl.col(list(numbers)).is_not_null()) & (first | (pl.col(by).diff() > 0))
    wrong = values.select(_TEXT_COLUMN, right.fill_null(value=False).alias("right")).filter(~pl.col("right"))[_TEXT_COLUMN]
    return texts.is_in(listed[_TEXT_COLUMN].implode()) & ~texts.is_in(wrong.implode())
