"""What is wrong with records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a violation does to its record: an error rejects it, a warning keeps it, a repair changed a value and kept it."""

    ERROR = "error"
    WARNING = "warning"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken by one record. `value` is the text as it stands in the file (None: empty)."""

    line: int
    record: int
    column: str
    field: str
    value: str | None
    code: str
    severity: Severity
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """All violations of one rule on one column, with a few examples (line, value) in file order."""

    code: str
    column: str
    field: str
    severity: Severity
    message: str
    hint: str
    violations: int
    examples: tuple[tuple[int, str | None], ...]
