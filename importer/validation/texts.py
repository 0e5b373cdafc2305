"""What is done to a text before it is read: protective apostrophes, texts that stand for no value, repairs, lists of columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from importer.schema import Field, Repair


def unprotected(text: pl.Expr) -> pl.Expr:
    """The text as it was before our own download put an apostrophe before what a spreadsheet would take for a formula."""
    return pl.when(text.str.contains(r"^'+[=+\-@\t\r]")).then(text.str.slice(1)).otherwise(text)


def without_missing(text: pl.Expr, missing: Iterable[str]) -> pl.Expr:
    """The text, null where it stands for no value."""
    for one in missing:
        text = pl.when(text == one).then(None).otherwise(text)
    return text


def repaired(repair: Repair, f: Field, text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The repaired text and a flag that is true where it differs from what was there."""
    match repair.do:
        case "trim":
            stripped = text.str.strip_chars()
            return pl.when(stripped != "").then(stripped), stripped != text
        case "collapse":
            collapsed = text.str.strip_chars().str.replace_all(r"\s+", " ")
            return pl.when(collapsed != "").then(collapsed), collapsed != text
        case "lower":
            return text.str.to_lowercase(), text.str.to_lowercase() != text
        case "upper":
            return text.str.to_uppercase(), text.str.to_uppercase() != text
        case _:
            known = {*f.true_values, *f.false_values} if f.type == "boolean" else ()
            mapped = text.str.to_lowercase().replace_strict(dict(repair.values or {}), default=None, return_dtype=pl.String)
            flag = ~text.is_in(sorted(known)) & (mapped != text)
            return pl.when(flag).then(pl.when(mapped != "").then(mapped)).otherwise(text), flag


def merged_list(texts: Sequence[str]) -> pl.Expr:
    """One list of the trimmed, different, filled texts in column order; null when there is none."""
    cells = [pl.col(t).str.strip_chars().replace("", None) for t in texts]
    merged = pl.concat_list(cells).list.drop_nulls().list.unique(maintain_order=True)
    return pl.when(merged.list.len() > 0).then(merged)
