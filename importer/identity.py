"""Who a record is about, as columns of a staged part: small numbers instead of text, for work over the whole file.

_kind   UInt8   which identifier comes first in the record (its number in the order of precedence)
_key    UInt64  hash of its text, in the form that is compared
_other  UInt64  hash of the identifier that must go together with the first one (null where it is empty)

Hashes only narrow down; whatever they find is settled by the texts. They are the same in every process of one version of
Polars, and parts of two versions are never mixed.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from importer.schema import Identity

TOGETHER = "\x1f"  # between the identifiers that make one key together


def with_keys(frame: pl.DataFrame, identity: Identity | None, keys: Sequence[str]) -> pl.DataFrame:
    """Adds the columns for records with these mapped identifiers, in order of precedence; none where nothing identifies."""
    if identity is None or not keys:
        return frame
    if identity.together:
        kind: pl.Expr = pl.when(pl.all_horizontal(pl.col(k).is_not_null() for k in keys)).then(pl.lit(0, dtype=pl.UInt8))
        key = pl.concat_str((_compared(identity, k) for k in keys), separator=TOGETHER)  # null where one of them is
    else:
        kind = pl.coalesce(pl.when(pl.col(k).is_not_null()).then(pl.lit(i, dtype=pl.UInt8)) for i, k in enumerate(keys))
        key = pl.coalesce(_compared(identity, k) for k in keys)
    texts = {"_key": key}
    if conflicting(identity, keys):
        texts["_other"] = _compared(identity, identity.conflict_fields[1])
    # In two steps, because Polars would put a text into small letters once for each time that it is used.
    return frame.with_columns(kind.alias("_kind"), **texts).with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name) for name in texts
    )


def conflicting(identity: Identity, keys: Sequence[str]) -> bool:
    """Whether the file has both of the identifiers that must go together, and recognises records by the first of them."""
    return identity.conflict is not None and set(identity.conflict_fields) <= set(keys) and keys[0] == identity.conflict_fields[0]


def _compared(identity: Identity, name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase() if name in identity.caseless else pl.col(name).cast(pl.String)
