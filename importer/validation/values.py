"""Text to typed values, as Polars expressions. A value that cannot be read becomes null; none of these raises.

Every expression takes text with "no value" already as null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from importer.errors import DeclarationError
from importer.schema import DTYPES, Field, bound, jsons
from importer.schema.limits import DURATION, lengths
from importer.schema.model import TEXT_TYPES
from importer.schema.patterns import whole
from importer.validation import json_lists, moments, vocabulary

# A number as programs write it, with {g} for what may stand between its digits and {d} for the decimal mark.
_INTEGER = r"[+-]?[0-9]+(?:{g}[0-9]+)*"
_NUMBER = r"[+-]?(?:[0-9]+(?:{g}[0-9]+)*(?:{d}[0-9]*)?|{d}[0-9]+)(?:[eE][+-]?[0-9]+)?"
_JSON_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TEXTS = {
    # Atoms with single points between them or a quoted name, at a host of at least two parts.
    "email": r"(?:[^\s\x{0000}-\x{001f}<>()\[\]\\.,;:@\"]+(?:\.[^\s\x{0000}-\x{001f}<>()\[\]\\.,;:@\"]+)*|\"[^\"\r\n]+\")"
    r"@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:xn--[A-Za-z0-9-]{2,58}|\p{L}{2,63})",
    "uri": r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+",
    "binary": r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    "uuid": r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
}
_POINTS = {
    "default": rf"^\s*(?P<lon>{_NUMBER.format(g='', d='[.]')})\s*,\s*(?P<lat>{_NUMBER.format(g='', d='[.]')})\s*$",
    "array": rf"^\s*\[\s*(?P<lon>{_JSON_NUMBER})\s*,\s*(?P<lat>{_JSON_NUMBER})\s*\]\s*$",
    "object": rf'^\s*\{{\s*"(?P<key>lon|lat)"\s*:\s*(?P<lon>{_JSON_NUMBER})\s*,'
    rf'\s*"(?P<other>lon|lat)"\s*:\s*(?P<lat>{_JSON_NUMBER})\s*\}}\s*$',
}
_JSON_STARTS = {"object": r"^\s*\{", "array": r"^\s*\[", "geojson": r"^\s*\{"}


def parse(field: Field, text: pl.Expr, zone: str = moments.UTC) -> pl.Expr:
    """The typed value of a text, null where it cannot be read. `zone` is that of date-times without one."""
    match field.type:
        case "any":
            return text
        case "string":
            return text if field.format == "default" else _where(text, text.str.contains(whole(_TEXTS[field.format])))
        case "integer":
            # The cast takes a sign and the digits 0 to 9, and nothing else.
            return (text if field.plain_number else _bare(field, text, _INTEGER)).cast(pl.Int64, strict=False)
        case "number":
            number = (text if field.plain_number else _bare(field, text, _NUMBER)).cast(pl.Float64, strict=False)
            return pl.when(number.is_finite()).then(number)  # the cast also reads "inf" and "nan"
        case "boolean":
            true, false = (pl.any_horizontal(text == t for t in spellings) for spellings in (field.true_values, field.false_values))
            return pl.when(true).then(True).when(false).then(False)
        case "date" | "datetime" | "time":
            return moments.parse(field.type, field.format, text, zone)
        case "year":
            return _where(text, text.str.contains(r"^[0-9]{4}$")).cast(pl.Int64, strict=False)
        case "yearmonth":
            return _where(text, text.str.contains(r"^[0-9]{4}-(?:0[1-9]|1[0-2])$"))
        case "duration":
            return _where(text, text.str.contains(DURATION) & text.str.contains("[YMWDHS]$"))
        case "object" | "array" | "geojson":
            return _json(field, text)
        case "geopoint":
            return _where(text, _on_the_map(field.format, text))
        case "list" if not field.merges:
            return _items(field, text, zone)
    raise DeclarationError(f"There is no data type {field.type!r}.", fix="Correct the type document.")


def can_fail(field: Field) -> bool:
    """Whether there are texts that cannot be read as a value of the field."""
    if field.merges or (field.trim_items and field.item_type == "string"):
        return False
    return field.type != "any" and (field.type != "string" or field.format != "default")


def has_clock_changes(zone: str) -> bool:
    """Whether a time of the clock may be missing or doubled in the zone."""
    return zone != moments.UTC and zone[0] not in "+-"


def _where(text: pl.Expr, fits: pl.Expr) -> pl.Expr:
    return pl.when(fits).then(text)


def _bare(field: Field, text: pl.Expr, pattern: str) -> pl.Expr:
    """The number in a text, as programs write it; null where there is none."""
    group, point = (rf"(?:{_literal(c)})" if c else "" for c in (field.group_char, field.decimal_char))
    form = pattern.format(g=group, d=point)
    around = ("", "") if field.bare_number else (r"[^0-9]*?", r"[^0-9]*")
    found = text.str.extract(rf"^{around[0]}({form}){around[1]}$")
    if field.group_char:
        found = found.str.replace_all(field.group_char, "", literal=True)
    return found if field.decimal_char == "." else found.str.replace(field.decimal_char, ".", literal=True)


def _literal(characters: str) -> str:
    return "".join(rf"\x{{{ord(c):x}}}" for c in characters)


def _json(field: Field, text: pl.Expr) -> pl.Expr:
    """JSON texts that are of the kind of the field, as they stand."""
    found = _where(text, text.str.contains(_JSON_STARTS[field.type]) & text.str.json_path_match("$").is_not_null())
    if field.type != "geojson":
        return found
    shape = jsons.TOPOJSON if field.format == "topojson" else jsons.GEOJSON
    return _where(found, found.map_batches(jsons.fits(shape), return_dtype=pl.Boolean()))


def _on_the_map(form: str, text: pl.Expr) -> pl.Expr:
    parts = text.str.extract_groups(_POINTS[form])
    first, second = (parts.struct.field(n).cast(pl.Float64, strict=False) for n in ("lon", "lat"))
    if form != "object":
        return (first.abs() <= 180) & (second.abs() <= 90)
    key, other = parts.struct.field("key"), parts.struct.field("other")
    # The names may stand in either order; the groups are called after the usual one.
    straight = (key == "lon") & (first.abs() <= 180) & (second.abs() <= 90)
    turned = (key == "lat") & (first.abs() <= 90) & (second.abs() <= 180)
    return (key != other) & (straight | turned)


def _items(field: Field, text: pl.Expr, zone: str) -> pl.Expr:
    """The items of a list as they are written; null where one of them cannot be read as its type."""
    items = text.str.split(field.delimiter)
    if field.trim_items:
        plain = pl.element().str.strip_chars()
        trimmed = items.list.eval(plain.filter(plain != "").unique(maintain_order=True))
        items = pl.when(trimmed.list.len() > 0).then(trimmed)
    if field.item_type == "string":
        return items
    item = replace(field, type=field.item_type, format="default", constraints=None)
    wrong = items.list.eval(parse(item, pl.element(), zone).is_null()).list.any()
    return pl.when(~wrong).then(items)


def sure(field: Field, raw: pl.Expr) -> pl.Expr | None:
    """True where a source text is surely fine as it stands, by one look; None where there is no such look for the field.

    The look is the field's `quick` pattern, or the values it allows; a field without repairs is fine when it could be read
    (the frame has the typed value under the field's name) and keeps its constraints.
    """
    rules = {rule: limit for rule, limit in (field.constraints or {}).items() if rule != "required" and limit is not None}
    if field.quick:
        longest = rules.get("maxLength")
        fits = raw.str.contains(field.quick)
        for rule in vocabulary.LOOKED_AT.keys() & rules:
            fits = fits & ~broken(rule, rules[rule], field, raw, pl.col(field.name))
        if field.splits:
            items = pl.col(field.name).list.len()
            return fits & items.is_between(rules.get("minLength", 1), rules.get("maxLength", 2**32 - 1))
        return fits & (raw.str.len_bytes() <= longest) if longest else fits
    if field.type == "string" and field.format == "default" and "enum" in rules and len(rules) == 1:
        return raw.is_in([str(v) for v in rules["enum"]])
    if field.merges or (field.repairs and field.type != "boolean") or field.characters:
        return None
    value = raw if field.type in TEXT_TYPES and field.format == "default" and field.type in ("string", "any") else pl.col(field.name)
    return pl.all_horizontal([value.is_not_null(), *(_kept(rule, limit, field, raw, value) for rule, limit in rules.items())])


def unsuspected(field: Field, raw: pl.Expr) -> pl.Expr | None:
    """As `sure`, where the source is known to hold none of the field's suspects: only the length is left to look at."""
    if not field.suspects or field.repairs or field.splits or set(field.constraints or {}) - {"maxLength"}:
        return sure(field, raw)
    longest = (field.constraints or {}).get("maxLength")
    return raw.str.len_bytes() <= longest if longest else raw.is_not_null()


# Where a value keeps a limit.
LIMITS: dict[str, Callable[[Any, Any], Any]] = {
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
    "exclusiveMaximum": lambda value, limit: value < limit,
}


def _kept(rule: str, limit: Any, f: Field, text: pl.Expr, value: pl.Expr) -> pl.Expr:
    if rule in LIMITS and f.type != "duration":
        kept: pl.Expr = LIMITS[rule](value, pl.lit(bound(f, limit), dtype=DTYPES[f.type]))
        return kept
    return ~broken(rule, limit, f, text, value)


def broken(rule: str, limit: Any, f: Field, text: pl.Expr, value: pl.Expr) -> pl.Expr:
    """True where a constraint is broken, null or false where it holds or there is nothing to judge."""
    if f.splits and rule in ("characters", "pattern", "checkDigit"):
        wrong = broken(rule, limit, replace(f, type="string"), pl.col("item"), pl.col("item"))
        return value.map_batches(lambda lists: _any_item(lists, wrong), return_dtype=pl.Boolean())
    match rule:
        case "increasing":
            return ~json_lists.increasing(text, limit["by"], limit["numbers"])
        case "unit":
            return vocabulary.wrong_unit(text, limit)
        case "checkDigit" | "interval":
            return vocabulary.LOOKED_AT[rule](text, limit)
        case "required":
            return value.is_null() if f.trim_items else text.is_null()
        case "characters":
            return text.str.contains(limit)
        case "pattern":
            return ~text.str.contains(whole(limit))
        case "enum":
            return ~_allowed(limit, f, text, value)
        case "minLength":
            return _length(f, text, value).lt(limit)
        case "maxLength":
            return _length(f, text, value).gt(limit)
        case "jsonSchema":
            return ~value.map_batches(jsons.fits(limit), return_dtype=pl.Boolean())
        case _ if f.type == "duration":
            return ~value.map_batches(lambda found: _keeps(rule, limit, found), return_dtype=pl.Boolean())
        case _:
            return ~_kept(rule, limit, f, text, value)


def _any_item(lists: pl.Series, broken: pl.Expr) -> pl.Series:
    """Where an item of a list breaks a rule. Over all items at once: in `list.eval` a step over a series is made for each list."""
    items = pl.DataFrame({"record": pl.int_range(len(lists), eager=True), "item": lists}).explode("item")
    records = items.filter(broken)["record"].unique()
    return pl.int_range(len(lists), eager=True).is_in(records.implode()).alias(lists.name)


def _allowed(limit: Any, f: Field, text: pl.Expr, value: pl.Expr) -> pl.Expr:
    if f.type in ("object", "array", "geojson"):
        return value.map_batches(jsons.one_of([bound(f, v) for v in limit]), return_dtype=pl.Boolean())
    if f.type == "duration":
        return value.map_batches(lambda found: _as_long_as_one_of(limit, found), return_dtype=pl.Boolean())
    if f.type in TEXT_TYPES or f.type == "list":
        return text.is_in([str(v) for v in limit])
    return value.is_in(pl.Series([bound(f, v) for v in limit], dtype=DTYPES[f.type]).implode())


def _length(f: Field, text: pl.Expr, value: pl.Expr) -> pl.Expr:
    if f.type in ("object", "array", "geojson"):
        return value.map_batches(jsons.sizes, return_dtype=pl.Int64())
    return value.list.len() if f.type == "list" and not f.merges else text.str.len_chars()


def _keeps(rule: str, limit: Any, found: pl.Series) -> pl.Series:
    """Whether lengths of time keep a limit, from whichever moment they are counted."""
    keeps = LIMITS[rule](lengths(found), lengths(pl.Series([str(limit)])))
    return _known(found, np.all(keeps, axis=0))


def _as_long_as_one_of(limit: Any, found: pl.Series) -> pl.Series:
    """Whether lengths of time are those that are allowed, however they are written: PT24H is P1D."""
    allowed = lengths(pl.Series([str(v) for v in limit]))
    same = (lengths(found)[:, :, None] == allowed[:, None, :]).all(axis=0)
    return _known(found, same.any(axis=1))


def _known(found: pl.Series, judged: np.ndarray[Any, Any]) -> pl.Series:
    """The judgement of the values that are there; null for the others."""
    return pl.select(pl.when(found.is_not_null()).then(pl.Series(found.name, judged))).to_series()
