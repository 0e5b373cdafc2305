"""Pools of codes as a type document declares them: `pools`, read by read_pools.py."""

from __future__ import annotations

from dataclasses import dataclass

from importer.schema.words import Wording


@dataclass(frozen=True, slots=True)
class Pools:
    """Every import of the type goes into one pool, which a person chooses.

    of: the field with the code. field: the column of a loaded record that holds the id of the pool. What is said where no
    pool is chosen (unknown), where codes get a prefix ({prefix}), do not fit the barcode type ({barcode}), are more than fit
    (limit), or stand in another pool ({pool}; elsewhere) or in this one (again) already.
    """

    of: str
    field: str
    unknown: Wording
    prefix: Wording
    barcode: Wording
    limit: Wording
    elsewhere: Wording
    again: Wording
