"""The options of an import that the rules know, made sure to be what they can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.errors import MappingProblem
from importer.validation.moments import UTC, check_zone

_BAD_OPTIONAL = ("reject_record", "drop_value")


@dataclass(frozen=True, slots=True)
class Options:
    drop_bad: bool = False  # a bad value of an optional field is left out instead of rejecting the record
    unprotect: bool = False  # apostrophes that our downloads put before formulas are taken away
    strict_empty: bool = False  # an empty cell of a mapped field is an error
    zone: str = UTC  # of date-times without an offset

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """The options of a recipe. Raises MappingProblem for a value that an option cannot have."""
        bad = given.get("on_bad_optional", "reject_record")
        if bad not in _BAD_OPTIONAL:
            raise _wrong("on_bad_optional", bad, f"Choose one of: {', '.join(_BAD_OPTIONAL)}.")
        for name in ("unprotect", "strict_empty", "unique_email"):
            if not isinstance(given.get(name, False), bool):
                raise _wrong(name, given[name], "Choose true or false.")
        return cls(
            drop_bad=bad == "drop_value",
            unprotect=given.get("unprotect", False),
            strict_empty=given.get("strict_empty", False),
            zone=check_zone(given.get("time_zone", UTC)),
        )


def _wrong(name: str, value: object, fix: str) -> MappingProblem:
    return MappingProblem(f"The option {name} cannot be {value!r}.", fix=fix, code="MAPPING_OPTION")
