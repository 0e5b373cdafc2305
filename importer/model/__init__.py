"""The nouns: values that cross the borders between modules. All frozen; a change makes a copy (`dataclasses.replace`)."""

from importer.model.findings import Finding, Severity, Violation
from importer.model.imports import (
    Goal,
    Import,
    ImportFilter,
    Ledger,
    LogEntry,
    Outcome,
    Source,
    Stage,
    StageName,
    StageStatus,
    Status,
    Summary,
)
from importer.model.pools import BARCODES, Pool, PoolDetails, PoolUse
from importer.model.recipe import ColumnMap, Dialect, Part, Position, Recipe
from importer.model.types import Inferred, RuleInfo, Trial, TypeEntry, TypeForm, TypeRow, TypeVersion
from importer.model.views import FieldInfo, MappingIssue, OptionInfo, Preview, RecordFilter, RecordPage, TableInfo, TypeInfo

__all__ = [
    "BARCODES",
    "ColumnMap",
    "Dialect",
    "FieldInfo",
    "Finding",
    "Goal",
    "Import",
    "ImportFilter",
    "Inferred",
    "Ledger",
    "LogEntry",
    "MappingIssue",
    "OptionInfo",
    "Outcome",
    "Part",
    "Pool",
    "PoolDetails",
    "PoolUse",
    "Position",
    "Preview",
    "Recipe",
    "RecordFilter",
    "RecordPage",
    "RuleInfo",
    "Severity",
    "Source",
    "Stage",
    "StageName",
    "StageStatus",
    "Status",
    "Summary",
    "TableInfo",
    "Trial",
    "TypeEntry",
    "TypeForm",
    "TypeInfo",
    "TypeRow",
    "TypeVersion",
    "Violation",
]
