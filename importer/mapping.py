"""Which source column goes to which field: suggestions by name, and what is wrong with a mapping."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from importer.errors import MappingProblem, RequiredFieldUnmapped, UnknownField
from importer.model import ColumnMap, MappingIssue, Pool, Recipe
from importer.schema import CUSTOM_TYPES, META_COLUMNS, TAKEN, WORK_COLUMNS, OpenFields, TypeSchema

__all__ = ["META_COLUMNS", "OWN_COLUMNS", "TAKEN", "WORK_COLUMNS", "clean_name", "demand", "issues", "suggest"]

# Columns that our own "rejected records" file adds; they are never data.
OWN_COLUMNS = ("_errors", "_line", "_record", "_raw")

# Options that every import has, besides those of its type.
OPTIONS = ("mode", "on_bad_optional", "strict_empty", "time_zone", "unprotect", "pool")


def suggest(schema: TypeSchema, names: Sequence[str], columns: Sequence[str]) -> tuple[ColumnMap, ...]:
    """A mapping by name. `names` are the header's names as they stand, `columns` their unique forms.

    A declared field is found by its name, title or a synonym, whatever the case, spaces, dashes and underscores; each
    field is taken once, and an exact name goes before a synonym. What is left becomes a custom field where the type is open.
    """
    by_name = {f.name: f.name for f in schema.fields}
    by_form = {_form(n): f.name for f in reversed(schema.fields) for n in (f.title, f.name)}
    by_form = {_form(s): f.name for f in schema.fields for s in f.synonyms} | by_form
    found: dict[int, str] = {}
    for index, name in enumerate(names):
        if name in by_name and by_name[name] not in found.values():
            found[index] = name
    for index, name in enumerate(names):
        field = by_form.get(_form(name))
        if field and index not in found and field not in found.values() and name not in OWN_COLUMNS:
            found[index] = field
    taken = {f.lower() for f in found.values()}
    result = []
    for index, column in enumerate(columns):
        field = found.get(index) or (None if names[index] in OWN_COLUMNS else _custom_name(schema, column, taken))
        if field:
            taken.add(field.lower())
        result.append(ColumnMap(column, field))
    return tuple(result)


def _form(name: str) -> str:
    """Without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.lower() if c.isalnum())


def _custom_name(schema: TypeSchema, column: str, taken: set[str]) -> str | None:
    """The name under which an undeclared column can be kept, or None."""
    if schema.open is None:
        return None
    if schema.open.keep_names:
        plain = "".join(c for c in column if unicodedata.category(c) != "Cc")
        return f"{plain}_" if not plain or plain.lower() in TAKEN else plain
    if _is_ignored(schema, column):
        return None
    bare = column.removeprefix(schema.open.prefix)
    if column == bare:
        bare = clean_name(column)
        if _form(bare) in {_form(r) for r in schema.open.reserved}:
            return None
    if schema.open.forbidden:
        bare = re.sub(_python_pattern(schema.open.forbidden), "_", bare)
    name = schema.open.prefix + bare
    return name if bare and name.lower() not in taken else None


def _is_ignored(schema: TypeSchema, column: str) -> bool:
    return schema.ignored is not None and _form(column) in {_form(n) for n in schema.ignored.names}


def clean_name(name: str) -> str:
    """A header made fit for a field name: letters, digits, dot, dash and underscore (source: file rules of headers)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.\-]+", "_", plain).strip("_")


def issues(
    schema: TypeSchema, recipe: Recipe, columns: Sequence[str], custom: Mapping[str, str] | None = None, pool: Pool | None = None
) -> tuple[MappingIssue, ...]:
    """Everything to say about a mapping, blocking issues first.

    custom: names and data types of the custom fields that were loaded before; an attribute keeps its data type.
    pool: the one that the options of the recipe name, if there is one.
    """
    found = [
        *_structure_issues(recipe, columns),
        *_match_issues(schema, recipe, columns),
        *_field_issues(schema, recipe, custom or {}),
        *_required_issues(schema, recipe),
        *_option_issues(schema, recipe),
        *_pool_issues(schema, pool),
        *_notices(schema, recipe),
    ]
    return tuple(sorted(found, key=lambda i: not i.blocking))


def demand(found: Sequence[MappingIssue]) -> None:
    """Raises MappingProblem (or a subclass) for the first blocking issue."""
    first = next((i for i in found if i.blocking), None)
    if first is None:
        return
    kinds = {"MAPPING_REQUIRED": RequiredFieldUnmapped, "MAPPING_UNKNOWN_FIELD": UnknownField}
    raise kinds.get(first.code, MappingProblem)(first.message, fix=first.fix or "Change the mapping of columns to fields.", code=first.code)


def _option_issues(schema: TypeSchema, recipe: Recipe) -> list[MappingIssue]:
    own = {o.name for o in schema.options}
    texts = [
        f"There is no option {name!r}. Options: {', '.join(sorted({*OPTIONS, *own}))}."
        for name in recipe.options
        if name not in OPTIONS and name not in own
    ]
    texts += [
        f"The option {name} cannot be {recipe.options[name]!r}; choose true or false."
        for name in sorted(own & recipe.options.keys())
        if not isinstance(recipe.options[name], bool)
    ]
    mode = recipe.options.get("mode", schema.load.default)
    if mode not in schema.load.modes:
        texts.append(f"{schema.title} cannot be loaded in the mode {mode!r}. Modes: {', '.join(schema.load.modes)}.")
    return [MappingIssue(text, True, None, None, "MAPPING_OPTION") for text in texts]


def _pool_issues(schema: TypeSchema, pool: Pool | None) -> list[MappingIssue]:
    pools = schema.pools
    if pools is None:
        return []
    if pool is None or pool.type != schema.name:
        return [MappingIssue(pools.unknown.message, True, None, pools.field, pools.unknown.code, pools.unknown.hint)]
    if not pool.details.prefix:
        return []
    text = pools.prefix.message.replace("{prefix}", pool.details.prefix)
    return [MappingIssue(f"{text} {pools.prefix.hint}", False, None, pools.of, pools.prefix.code)]


def _structure_issues(recipe: Recipe, columns: Sequence[str]) -> list[MappingIssue]:
    found = []
    missing = [m.column for m in recipe.mapping if m.field and m.column not in set(columns)]
    for column in missing:
        text = f"The mapping names the column {column!r}, which the file does not have."
        found.append(MappingIssue(text, blocking=True, column=column))
    return found


def _match_issues(schema: TypeSchema, recipe: Recipe, columns: Sequence[str]) -> list[MappingIssue]:
    """What `fieldsMatch` of the type's document says about the columns; nothing where the document does not have it."""
    rule = schema.fields_match
    if rule is None:
        return []
    chosen = {m.column: m.field for m in recipe.mapping}
    mapped = [chosen.get(c) for c in columns if c not in OWN_COLUMNS]
    found = []
    if rule in ("exact", "equal", "subset"):
        for f in schema.fields:
            if f.name not in mapped and not f.required:  # a required field is missed anyway
                text = f"No column is mapped to {f.title}; a file of this type has a column for every field."
                found.append(MappingIssue(text, True, None, f.name, "MAPPING_MISSING_COLUMN"))
    if rule in ("exact", "equal", "superset"):
        for column in columns:
            if column not in OWN_COLUMNS and schema.field(chosen.get(column) or "") is None:
                text = f"The column {column!r} belongs to no field; a file of this type has no other columns than its fields."
                found.append(MappingIssue(text, True, column, None, "MAPPING_EXTRA_COLUMN"))
    if rule == "exact" and not found:
        found += _order_issues(schema, [c for c in columns if c not in OWN_COLUMNS], mapped)
    if rule == "partial" and not any(schema.field(name or "") for name in mapped):
        text = f"None of the columns is a field of {schema.title}; a file of this type has at least one of them."
        found.append(MappingIssue(text, True, None, None, "MAPPING_MISSING_COLUMN"))
    return found


def _order_issues(schema: TypeSchema, columns: Sequence[str], mapped: Sequence[str | None]) -> list[MappingIssue]:
    """The first column that does not stand where its field does."""
    for place, (column, name, field) in enumerate(zip(columns, mapped, schema.fields, strict=False), 1):
        if name != field.name:
            text = (
                f"Column {place} is {column!r} and should be {field.title}; a file of this type has its columns in the order of the fields."
            )
            return [MappingIssue(text, True, column, field.name, "MAPPING_COLUMN_ORDER")]
    return []


def _field_issues(schema: TypeSchema, recipe: Recipe, custom: Mapping[str, str]) -> list[MappingIssue]:
    found = []
    targets = [m for m in recipe.mapping if m.field]
    counts = Counter(m.field.lower() for m in targets if m.field)
    for m in targets:
        name = m.field or ""
        field = schema.resolve(name, m.type)
        if field is None:
            known = ", ".join(f.name for f in schema.fields)
            text = f"{schema.title} have no field {name!r}. Fields: {known}."
            found.append(MappingIssue(text, True, m.column, name, "MAPPING_UNKNOWN_FIELD"))
            continue
        if counts[name.lower()] > 1 and not field.merges:
            text = f"Several columns are mapped to {field.title}; choose one of them."
            found.append(MappingIssue(text, True, m.column, name))
        if schema.field(name) is None and schema.open is not None:
            found += _custom_issues(schema.open, m, custom)
    return found


def _custom_issues(rules: OpenFields, m: ColumnMap, custom: Mapping[str, str]) -> list[MappingIssue]:
    name = m.field or ""
    bare = name.removeprefix(rules.prefix)
    if bare in rules.reserved:
        text = f"The name {bare!r} is reserved. Choose another name, or the field of that name."
        return [MappingIssue(text, True, m.column, name, rules.reserved_code)]
    if rules.forbidden and re.search(_python_pattern(rules.forbidden), bare):
        text = f"The name {bare!r} holds a character that a name cannot have, such as a line break."
        return [MappingIssue(text, True, m.column, name, rules.forbidden_code)]
    if not bare or name.lower() in TAKEN or "\0" in name:
        return [MappingIssue(f"The name {name!r} is used by the destination itself.", True, m.column, name)]
    if m.type and m.type not in CUSTOM_TYPES:
        return [MappingIssue(f"There is no data type {m.type!r}. Types: {', '.join(CUSTOM_TYPES)}.", True, m.column, name)]
    before = {k.lower(): v for k, v in custom.items()}.get(name.lower())
    if before and before != (m.type or "string"):
        text = f"{bare!r} was loaded as {before} before and cannot become {m.type or 'string'}. Choose {before}, or another name."
        return [MappingIssue(text, True, m.column, name)]
    return []


def _python_pattern(pattern: str) -> str:
    r"""A Rust regex character class with \x{...} escapes in the form that Python's `re` reads."""
    return re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda m: f"\\U{int(m[1], 16):08X}", pattern)


def _required_issues(schema: TypeSchema, recipe: Recipe) -> list[MappingIssue]:
    mapped = {m.field for m in recipe.mapping}
    found = [
        MappingIssue(f"{f.title} is required: choose the column that holds it.", True, None, f.name, "MAPPING_REQUIRED")
        for f in schema.fields
        if f.required and f.name not in mapped
    ]
    if schema.one_of and not mapped.intersection(schema.one_of):
        titles = [f.title for n in schema.one_of if (f := schema.field(n))]
        text = f"No column says who a record is about. Map at least one of: {', '.join(titles)}."
        found.append(MappingIssue(text, True, None, schema.one_of[0], "MAPPING_REQUIRED"))
    if not any(m.field for m in recipe.mapping):
        found.append(MappingIssue("No column is mapped, so there is nothing to import.", True, None, None, "MAPPING_REQUIRED"))
    return found


def _notices(schema: TypeSchema, recipe: Recipe) -> list[MappingIssue]:
    found, other_case = [], []
    for m in recipe.mapping:
        field = schema.field(m.field) if m.field else None
        if field and field.notice:
            found.append(MappingIssue(field.notice, False, m.column, m.field))
        elif field and m.column != field.name and m.column.lower() == field.name.lower():
            other_case.append(m.column)
        elif m.field is None and schema.ignored and _is_ignored(schema, m.column):
            text = f"The column {m.column!r} is not imported. {schema.ignored.wording.message}"
            found.append(MappingIssue(text, False, m.column, None, schema.ignored.wording.code))
        elif m.field is None and m.column not in OWN_COLUMNS:
            found.append(MappingIssue(f"The column {m.column!r} is not imported.", False, m.column))
    if other_case:
        names = ", ".join(other_case)
        text = f"Taken for fields whose names differ from them in upper and lower case only: {names}."
        found.append(MappingIssue(text, False, other_case[0], None, "FILE_HEADER_CASE"))
    return found + _absences(schema, {m.field for m in recipe.mapping if m.field})


def _absences(schema: TypeSchema, mapped: set[str]) -> list[MappingIssue]:
    """What a type has to say where no column is mapped to a field, or none to a custom one."""
    said = [(f.name, f.unmapped) for f in schema.fields if f.unmapped and f.name not in mapped]
    if schema.open and schema.open.expected and not any(name.startswith(schema.open.prefix) for name in mapped):
        said.append(("", schema.open.expected))
    return [MappingIssue(f"{w.message} {w.hint}", False, None, name or None, w.code) for name, w in said]
