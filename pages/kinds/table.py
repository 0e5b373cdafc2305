"""Between a type's form and the rows of the editor's table. Without Streamlit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from importer.model import Finding, Severity, TypeForm, TypeRow, Violation

MOST_EXAMPLES = 3
COLUMNS = ("origin", "field", "title", "type", "required", "unique", "pattern", "enum", "minimum", "maximum", "severity", "message")
_TEXTS = ("title", "pattern", "minimum", "maximum", "message")


def data_of(form: TypeForm) -> dict[str, list[Any]]:
    """The columns of the table."""
    data: dict[str, list[Any]] = {name: [getattr(row, name) for row in form.rows] for name in COLUMNS}
    data["enum"] = [list(values) for values in data["enum"]]
    data["severity"] = [str(s) for s in data["severity"]]
    return data


def rows_of(data: Mapping[str, Sequence[Any]]) -> tuple[TypeRow, ...]:
    """The rows that the table now has. A row in which nothing was written yet is none."""
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*(data[name] for name in COLUMNS), strict=True)]
    return tuple(_row(row) for row in rows if not _is_empty(row))


def _is_empty(row: Mapping[str, Any]) -> bool:
    return _nothing(row["origin"]) and not any(_text(row[name]) for name in ("field", *_TEXTS)) and not _values(row["enum"])


def _row(row: Mapping[str, Any]) -> TypeRow:
    return TypeRow(
        field=_text(row["field"]),
        type=_text(row["type"]) or "string",
        required=row["required"] is not None and bool(row["required"]),
        unique=row["unique"] is not None and bool(row["unique"]),
        enum=_values(row["enum"]),
        severity=Severity(_text(row["severity"]) or Severity.ERROR),
        origin=None if _nothing(row["origin"]) else int(row["origin"]),
        **{name: _text(row[name]) for name in _TEXTS},
    )


def _nothing(value: Any) -> bool:
    return value is None or value != value  # a missing number comes back as "not a number"


def _text(value: Any) -> str:
    return "" if _nothing(value) else str(value).strip()


def _values(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def name_from(title: str) -> str:
    """A name for a type from its title: small letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "_", plain)).strip("_")[:40].rstrip("_")


def findings_of(violations: Sequence[Violation]) -> tuple[Finding, ...]:
    """Violations by rule and column, errors first, with the first places."""
    groups: dict[tuple[str, str], list[Violation]] = {}
    for v in violations:
        groups.setdefault((v.code, v.column), []).append(v)
    order = list(Severity)
    found = [
        Finding(
            v.code, v.column, v.field, v.severity, v.message, v.hint, len(group), tuple((g.line, g.value) for g in group[:MOST_EXAMPLES])
        )
        for group in groups.values()
        for v in (group[0],)
    ]
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), -f.violations)))
