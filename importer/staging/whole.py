"""Rules over the whole file: in which records break them, what gives way, and what is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.schema import TypeSchema
from importer.staging.database import Staging
from importer.staging.duplicates import find_duplicates


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Valid records that are not loaded: `duplicates` give way to a later one, `aside` break a rule over the whole file."""

    duplicates: int
    aside: int

    @classmethod
    def of(cls, staging: Staging) -> LeftOut:
        counts = staging.db.execute("SELECT (SELECT count(*) FROM duplicates), (SELECT count(*) FROM aside)").fetchone() or (0, 0)
        return cls(*counts)


def judge_whole(staging: Staging, schema: TypeSchema, options: Mapping[str, Any]) -> LeftOut:
    """Judges what one record cannot tell. Records that break an error rule are set aside first, so that no other record gives
    way to one that is not loaded."""
    if "records" in staging.views and schema.identity:
        find_duplicates(staging, schema.identity, options)
    return LeftOut.of(staging)
