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


def increasing(text: pl.Expr, by: str, numbers: Sequence[str]) -> pl.Expr:
    """True where a text is a JSON list of at least one object, each with all of these numbers, and `by` grows from one to the next."""
    objects = pl.List(pl.Struct(dict.fromkeys(numbers, pl.String)))
    listed = text.str.contains(_LIST)
    # A number in quotes is text; it would be read like a number, so it is looked for in the text itself.
    quoted = pl.any_horizontal(text.str.contains(rf'"{name}"[ \t\r\n]*:[ \t\r\n]*"') for name in numbers)
    items = pl.when(listed & ~quoted).then(text).str.json_decode(objects)
    columns = {name: items.list.eval(pl.element().struct.field(name).cast(pl.Float64, strict=False)) for name in numbers}
    complete = pl.all_horizontal(column.list.eval(pl.element().is_not_null()).list.all() for column in columns.values())
    grows = columns[by].list.eval((pl.element().diff() > 0).fill_null(value=True)).list.all()
    return pl.when(text.is_not_null()).then((complete & grows).fill_null(value=False))
