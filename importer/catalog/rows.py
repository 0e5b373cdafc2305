"""Rows of the catalogue to the values of `model` and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import RowMapping

from importer.catalog.tables import folded
from importer.model import (
    Goal,
    Import,
    Ledger,
    LogEntry,
    Outcome,
    Part,
    Position,
    Recipe,
    Source,
    Stage,
    StageName,
    StageStatus,
    Status,
)

_LEDGER = tuple(f.name for f in fields(Ledger))
_SAME = ("id", "type", "owner", "created_at", "warnings", "repairs", "violations", "reason", "fix", "error_code", "error_line")
_SAME_TOO = ("started_at", "finished_at", "keep_until", "cancel_requested", "fence")
_STAGE = tuple(f.name for f in fields(Stage) if f.name not in ("name", "status"))
_COUNTS = ("records", "valid", "rejected", "malformed", "violations")


def to_import(row: RowMapping, stages: Mapping[StageName, Stage]) -> Import:
    """An import from its row and its two stages."""
    recipe, outcome = row["recipe"], row["outcome"]
    return Import(
        **{name: row[name] for name in _SAME + _SAME_TOO},
        status=Status(row["status"]),
        goal=Goal(row["goal"]),
        source=Source(
            name=row["source_name"],
            bytes=row["source_bytes"],
            sha256=row["source_sha256"],
            path=row["source_path"],
            method=row["source_method"],
        ),
        process=stages[StageName.PROCESS],
        load=stages[StageName.LOAD],
        ledger=Ledger(**{name: row[name] for name in _LEDGER}),
        outcome=None if outcome is None else Outcome(outcome),
        recipe=None if recipe is None else Recipe.from_dict(recipe),
        columns=tuple(row["columns"]),
        notices=tuple(row["notices"]),
    )


def to_stage(row: RowMapping) -> Stage:
    return Stage(name=StageName(row["name"]), status=StageStatus(row["status"]), **{name: row[name] for name in _STAGE})


def to_part(row: RowMapping) -> tuple[Part, dict[str, Any]]:
    part = Part(
        number=row["number"],
        start=Position.from_dict(row["start"]),
        end=Position.from_dict(row["end"]),
        **{name: row[name] for name in _COUNTS},
    )
    return part, row["state"]


def to_log_entry(row: RowMapping) -> LogEntry:
    return LogEntry(at=row["at"], text=row["text"], level=row["level"])


def part_values(part: Part, state: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: getattr(part, name) for name in _COUNTS}
    return {"number": part.number, "start": part.start.to_dict(), "end": part.end.to_dict(), "state": dict(state), **counts}


def source_values(source: Source) -> dict[str, Any]:
    values = {f"source_{name}": value for name, value in asdict(source).items()}
    return values | {"source_folded": folded(source.name)}


def import_values(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """Attributes of an import as columns. Raises TypeError for one that is not `allowed` here."""
    if unknown := sorted(values.keys() - allowed):
        raise TypeError(f"{unknown[0]} cannot be set here")
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Ledger):
            columns |= value.to_dict()
        elif isinstance(value, Recipe):
            columns[name] = value.to_dict()
        elif name in ("columns", "notices"):
            columns[name] = list(value)
        else:
            columns[name] = value
    return columns


def stage_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a stage as columns. Raises TypeError for one that a stage has not."""
    if unknown := sorted(values.keys() - {"status", *_STAGE}):
        raise TypeError(f"A stage has no {unknown[0]}")
    return dict(values)
