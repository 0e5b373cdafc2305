"""Between a recipe and the rows of the mapping table, and between a dialect and the address. Without Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from importer.model import ColumnMap, Dialect, MappingIssue, Recipe, TypeInfo

SKIP = "(not imported)"
NEW = "(new attribute)"
DATA_TYPES = {
    "string": "Text",
    "integer": "Whole number",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "datetime": "Date and time",
}
MOST_REMARKS = 5
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows, Western Europe (cp1252)",
    "cp1250": "Windows, Central Europe (cp1250)",
    "cp1251": "Windows, Cyrillic (cp1251)",
    "iso8859-1": "ISO 8859-1, Latin 1",
    "iso8859-2": "ISO 8859-2, Latin 2",
    "iso8859-15": "ISO 8859-15, Latin 9",
}
DELIMITERS = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Vertical bar  |"}
QUOTES = {'"': 'Double quote  "', "'": "Single quote  '", None: "None"}
ESCAPES = {"double": "Are doubled", "backslash": "Follow a backslash"}


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the checklist. `done` None: for information, nothing to do."""

    text: str
    done: bool | None


def choices(known: Mapping[str | None, str] | Mapping[str, str], current: str | None) -> dict[str | None, str]:
    """What a person can choose, with the current value even when it is an unusual one."""
    options: dict[str | None, str] = {**known}
    if current not in options:
        options[current] = str(current)
    return options


def dialect_to_text(dialect: Dialect) -> str:
    """A dialect as one short word for the address."""
    header = str(dialect.header_line) if dialect.header else "0"
    return "~".join((dialect.encoding, dialect.delimiter, dialect.quote or "", dialect.escape, header))


def dialect_from_text(text: str, detected: Dialect) -> Dialect | None:
    """The dialect that an address names; None when the text is not one. What it does not name is as detected."""
    parts = text.split("~")
    if len(parts) != 5 or len(parts[1]) != 1 or len(parts[2]) > 1 or parts[3] not in ESCAPES or not parts[4].isdecimal():
        return None
    line = int(parts[4])
    return replace(
        detected,
        encoding=parts[0],
        delimiter=parts[1],
        quote=parts[2] or None,
        escape=parts[3],
        header=line > 0,
        header_line=line,
    )


def field_options(kind: TypeInfo) -> dict[str, str]:
    """What a column can be mapped to: value and words."""
    options = {SKIP: "Do not import"}
    if kind.open:
        options[NEW] = "New attribute…"
    for field in kind.fields:
        options[field.name] = f"{field.name} (required)" if field.required else field.name
    return options


def rows_of(recipe: Recipe, kind: TypeInfo) -> dict[str, list[str | None]]:
    """The columns field, name and type of the mapping table."""
    declared = {f.name for f in kind.fields}
    rows: dict[str, list[str | None]] = {"field": [], "name": [], "type": []}
    for column in recipe.mapping:
        own = column.field is not None and column.field not in declared
        rows["field"].append(NEW if own and kind.open else column.field or SKIP)
        rows["name"].append((column.field or "").removeprefix(kind.open_prefix) if own else None)
        rows["type"].append((column.type or "string") if own else None)
    return rows


def recipe_of(start: Recipe, kind: TypeInfo, rows: Mapping[str, Sequence[str | None]]) -> Recipe:
    """The recipe that the mapping table now says. A new attribute without a name is called as its column."""
    mapping = []
    for column, field, name, data_type in zip(start.mapping, rows["field"], rows["name"], rows["type"], strict=True):
        if field == NEW:
            own = f"{kind.open_prefix}{(name or '').strip() or column.column}"
            now = ColumnMap(column.column, own, data_type or "string")
            # A type that nobody wrote means text; a recipe that was only looked at stays the same recipe.
            mapping.append(column if replace(column, type=column.type or "string") == now else now)
        elif field in (None, SKIP):
            mapping.append(ColumnMap(column.column))
        else:
            mapping.append(ColumnMap(column.column, field))
    return replace(start, mapping=tuple(mapping))


def checklist(recipe: Recipe, kind: TypeInfo, issues: Sequence[MappingIssue]) -> list[Check]:
    """What a mapping needs, done or not; then what else blocks it; then a few remarks."""
    mapped = {c.field for c in recipe.mapping}
    required = [f.name for f in kind.fields if f.required]
    lines = [Check(name, name in mapped) for name in required]
    if kind.one_of:
        lines.append(Check("one of " + ", ".join(kind.one_of), any(name in mapped for name in kind.one_of)))
    said = {*required, *kind.one_of}
    for issue in issues:
        if issue.blocking and not (issue.code == "MAPPING_REQUIRED" and issue.field in said):
            lines.append(Check(issue.message, False))
    remarks = [issue.message for issue in issues if not issue.blocking]
    lines += [Check(text, None) for text in remarks[:MOST_REMARKS]]
    if len(remarks) > MOST_REMARKS:
        lines.append(Check(f"{len(remarks) - MOST_REMARKS:,} more remarks", None))
    return lines


def blocked(issues: Sequence[MappingIssue]) -> bool:
    return any(i.blocking for i in issues)
