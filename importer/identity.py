"""Who a record is about, as columns of a staged part: small numbers instead of text, for work over the whole file.

_kind  UInt8   which identifier comes first in the record (its number in the order of precedence)
_key   UInt64  hash of its text, in the form that is compared
_one   UInt64  hash of the first of the two identifiers that must go together (null where it is empty); _other of the second

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
    columns = [kind.alias("_kind"), pl.coalesce(_hash(identity, k) for k in keys).alias("_key")]
    if conflicting(identity, keys):
        columns += [_hash(identity, n).alias(a) for n, a in zip(identity.conflict_fields, ("_one", "_other"), strict=True)]
    return columns


def conflicting(identity: Identity, keys: Sequence[str]) -> bool:
    """Whether the file has both of the identifiers that must go together."""
    return identity.conflict is not None and set(identity.conflict_fields) <= set(keys)


def _hash(identity: Identity, name: str) -> pl.Expr:
    """The hash of an identifier in the form that is compared, null where it is empty."""
    text = pl.col(name).str.to_lowercase() if name in identity.caseless else pl.col(name).cast(pl.String)
    return pl.when(pl.col(name).is_not_null()).then(text.hash())
