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


def key_columns(identity: Identity | None, keys: Sequence[str]) -> list[pl.Expr]:
    """The columns for records with these mapped identifiers, in order of precedence; none where nothing identifies."""
    if identity is None or not keys:
        return []
    kind = pl.coalesce(pl.when(pl.col(k).is_not_null()).then(pl.lit(i, dtype=pl.UInt8)) for i, k in enumerate(keys))
    columns = [kind.alias("_kind"), _hash(pl.coalesce(_compared(identity, k) for k in keys)).alias("_key")]
    if conflicting(identity, keys):
        columns.append(_hash(_compared(identity, identity.conflict_fields[1])).alias("_other"))
    return columns


def conflicting(identity: Identity, keys: Sequence[str]) -> bool:
    """Whether the file has both of the identifiers that must go together, and recognises records by the first of them."""
    return identity.conflict is not None and set(identity.conflict_fields) <= set(keys) and keys[0] == identity.conflict_fields[0]


def _compared(identity: Identity, name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase() if name in identity.caseless else pl.col(name).cast(pl.String)


def _hash(text: pl.Expr) -> pl.Expr:
    """The hash of a text, null where it is empty."""
    return pl.when(text.is_not_null()).then(text.hash())
