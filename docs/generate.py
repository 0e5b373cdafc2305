"""Writes the pages of docs/ that come from the code: `python -m docs.generate`. A test compares them with what is there."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path

from importer import config, errors
from importer.destinations.load import SQL_TYPES
from importer.model import OptionInfo
from importer.schema import Distinct, Field, Group, TypeSchema, Wording, checks, fields, load_types
from importer.schema.document import MAX_BYTES
from importer.schema.patterns import DIRECTIVES
from importer.schema.read import FIELDS_MATCH, MAX_FIELDS
from importer.validation.plan import MALFORMED
from importer.validation.values import can_fail
from tests.table_schema_cases import DIFFERENCES

HERE = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.generate`; change the type documents in importer/types/ and run it again. -->"


def pages() -> dict[str, str]:
    """File name and text of every generated page."""
    return {"types.md": types_page(), "table-schema.md": table_schema_page(), "settings.md": settings_page(), "errors.md": errors_page()}


def types_page() -> str:
    parts = ["# Import types and their rules", NOTE, _severities(), "## Records that cannot be read (every type)", _rules(_malformed())]
    parts += [_type_section(schema) for schema in load_types().values()]
    return "\n\n".join(parts) + "\n"


def _severities() -> str:
    return (
        "An **error** rejects the record; the other records go on. *optional* is an error too, unless the import's option\n"
        "`on_bad_optional` is `drop_value`: then the value is left out and a warning says so. A **warning** keeps the record.\n"
        "A **repair** changed the value, kept the record, and is listed. A **notice** is said when columns are mapped to fields.\n\n"
        "Options of every import: `on_bad_optional` (`reject_record` or `drop_value`), `strict_empty` (true: an empty cell of a mapped\n"
        "field is an error, `CELL_EMPTY`), `time_zone` (a name such as Europe/Warsaw or an offset such as +02:00, for date-times without\n"
        "one; UTC where nothing is chosen), `mode` (what a record does to the one that is there, where the type allows a choice)."
    )


def _malformed() -> list[tuple[str, str, Wording]]:
    return [("", "error", wording) for wording in MALFORMED]


def _type_section(schema: TypeSchema) -> str:
    missing = ", ".join(f"`{m}`" for m in schema.missing_values if m) or "none besides an empty cell"
    title = f"## {schema.title} (`{schema.name}`, version {schema.version})"
    text = [title, schema.description, f"Texts that stand for no value: {missing}."]
    if schema.fields:
        text.append(_fields(schema.fields))
        text.append(_rules(_type_rules(schema)))
    if whole := _whole_rules(schema):
        text += ["Over the whole file:", _rules(whole)]
    if schema.group:
        text += _group(schema.group)
    if schema.identity:
        text.append("Recognised by, in this order: " + ", ".join(f"`{k}`" for k in schema.identity.precedence) + ".")
    for key in schema.foreign_keys:
        pairs = ", ".join(f"`{f}` is `{t}`" for f, t in zip(key.fields, key.target_fields, strict=True))
        text.append(f"Refers to `{key.type_name}`: {pairs} of a record there.")
    text.append(_load(schema))
    if schema.options:
        text.append(_options(schema.options))
    if schema.pools:
        code, number = f"`{schema.pools.of}`", f"`{schema.pools.field}`"
        text.append(
            f"Every import goes into a pool, which a person makes and chooses; a loaded record holds its number as {number}. The prefix\n"
            f"of the pool is put before every {code}, unless it begins with it already; duplicates and the barcode are judged with\n"
            "the prefix in front. A code is in one pool only; those that are in the pool already need no room in it."
        )
    if schema.open and schema.open.prefix:
        text.append(f"Other columns can be kept under a name that begins with `{schema.open.prefix}`.")
        if schema.open.reserved:
            text.append(f"Reserved names (`{schema.open.reserved_code}`): {_names(sorted(schema.open.reserved))}.")
    if schema.ignored:
        text.append(f"Never imported: {_names(schema.ignored.names)}. {schema.ignored.wording.message}")
    return "\n\n".join(text)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _fields(declared: tuple[Field, ...]) -> str:
    rows = ["| field | title | type | also found as | example |", "|---|---|---|---|---|"]
    rows += [f"| `{f.name}` | {f.title} | {f.type} | {', '.join(f.synonyms)} | {_cell(f.example)} |" for f in declared]
    return "\n".join(rows)


def _type_rules(schema: TypeSchema) -> list[tuple[str, str, Wording]]:
    found = []
    for f in schema.fields:
        judged = "optional" if f.optional else "error"
        names = [*(["type"] if can_fail(f) else []), *(["characters"] if f.characters else []), *(f.constraints or {})]
        found += [(f.name, f.wording(n).severity or judged, f.wording(n)) for n in names]
        found += [(f.name, "repair", r.wording) for r in f.repairs]
    found += [(", ".join(c.fields), c.wording.severity or "error", c.wording) for c in schema.checks]
    found += [(f"{f.name} is not mapped", "notice", f.unmapped) for f in schema.fields if f.unmapped]
    if schema.open and schema.open.expected:
        found.append((f"nothing is mapped to {schema.open.prefix}", "notice", schema.open.expected))
    if schema.ignored:
        found.append((", ".join(schema.ignored.names), "notice", schema.ignored.wording))
    if pools := schema.pools:
        file = [("the whole file", w.severity or "error", w) for w in (pools.elsewhere, pools.again)]
        found += [(pools.of, pools.barcode.severity or "error", pools.barcode), *file]
        found += [("the import", "stops", w) for w in (pools.unknown, pools.limit)] + [("the import", "notice", pools.prefix)]
    return found


def _whole_rules(schema: TypeSchema) -> list[tuple[str, str, Wording]]:
    """Rules that one record cannot tell: about identity, keys, references, agreement and variety."""
    found: list[tuple[str, Wording]] = []
    if schema.identity:
        about = ", ".join(schema.identity.precedence)
        found += [(about, w) for w in (schema.identity.duplicate, schema.identity.conflict, schema.identity.unknown) if w]
    found += [(", ".join(key.fields), key.wording) for key in (*schema.unique, *schema.foreign_keys)]
    for rule in schema.consistent:
        per = f" for each {', '.join(rule.per)}" if rule.per else " in the whole file"
        found.append((", ".join(rule.fields) + per, rule.wording))
    found += [(w.field if isinstance(w, Distinct) else f"{', '.join(w.fields)} for each {w.group}", w.wording) for w in schema.whole]
    return [(field, w.severity or "error", w) for field, w in found]


def _group(group: Group) -> list[str]:
    """How lines make groups, and the rules over them."""
    found = [("all but those of the line", group.conflict), (group.by, group.incomplete), (group.by, group.apart)]
    text = [
        f"Lines with the same `{group.by}` are one record, wherever in the file they stand. Fields that begin with `{group.items}` "
        f"belong to the line and are kept in the table `{group.table}` with their position; all others belong to the whole, and its "
        "lines must agree in them (an empty cell agrees with everything). When anything differs from what is there, the record is "
        "updated and its lines are written anew. Where one line is rejected, all are. A line that cannot be read, such as one with "
        f"too few values, rejects the others if it can be told which `{group.by}` it has; otherwise it cannot be known where it "
        "belongs, and the others are loaded without it."
    ]
    if group.units:
        option = group.units.option
        found.append((", ".join(group.units.fields), group.units.group))
        file = group.units.file
        text.append(f"`{file.code}` stops the file, unless the option `{option}` is on: {file.message} {file.hint}")
    found += [(", ".join(check.fields), check.wording) for check in group.checks]
    if group.compute:
        found.append((", ".join(group.compute.fields), group.compute.wording))
        names = ", ".join(f"`{f}`" for f in group.compute.fields)
        text.append(f"Where the option `{group.compute.option}` is on, these are worked out: {names}.")
    if group.salt:
        text.append(f"Where `{group.salt}` is empty, a new record gets one that is made from its `{group.by}`, always the same.")
    return [*text, _rules([(field, w.severity or "error", w) for field, w in found])]


def _load(schema: TypeSchema) -> str:
    words = {
        "overwrite": "`overwrite`: a record takes the place of the one that is there, and what the file does not have becomes empty",
        "partial": "`partial`: only what the file has is changed",
    }
    default = f" Unless said otherwise: `{schema.load.default}`." if len(schema.load.modes) > 1 else ""
    return "Ways to load: " + "; ".join(words[m] for m in schema.load.modes) + "." + default


def _options(options: tuple[OptionInfo, ...]) -> str:
    rows = ["| option | title | without it | what it does |", "|---|---|---|---|"]
    rows += [f"| `{o.name}` | {o.title} | {'on' if o.default else 'off'} | {_cell(o.description)} |" for o in options]
    return "\n".join(rows)


def _rules(rules: list[tuple[str, str, Wording]]) -> str:
    rows = ["| code | field | severity | what it says | what to do |", "|---|---|---|---|---|"]
    rows += [f"| `{w.code}` | {field} | {severity} | {_cell(w.message)} | {_cell(w.hint)} |" for field, severity, w in rules]
    return "\n".join(rows)


_INTRODUCTION = f"""A type of your own is a [Table Schema](https://datapackage.org/standard/table-schema/) (version 2), in JSON or YAML,
with at most {MAX_FIELDS:,} fields and {MAX_BYTES // 1_000_000} MB. A document that is wrong is refused with the place and the reason.

Columns find their fields by name. What `fieldsMatch` ({", ".join(FIELDS_MATCH)}) asks for is judged where the document has it.
`missingValues` of a field stand instead of those of the schema; an empty cell always stands for no value. `categories` are the
allowed values. The fields of a `primaryKey` must be filled. `foreignKeys` refer to another type by its name; types must not refer to
each other in a circle."""
_AFTER_TYPES = f"""`required`, `unique` and `enum` go with every type; a constraint that does not fit the type is refused. Values are
compared as what they mean: `01` is the whole number 1, `PT24H` is as long as `P1D`; points on the map and lists are compared as they are
written. Limits are written as the values are, times without an offset in UTC. A date-time is kept in UTC; without an offset it is
a time of the import's option `time_zone` (UTC where nothing is chosen), and a time that the clocks of that zone skip or repeat is
an error.

Patterns are [Rust regular expressions](https://docs.rs/regex/latest/regex/#syntax) for the whole value: they take linear time and have
neither look-around nor back-references. A JSON Schema is of draft 2020-12; it fetches nothing and has no `patternProperties`. Patterns
of dates and times have the directives {" ".join(f"%{d}" for d in sorted(DIRECTIVES))} and .%f."""


def table_schema_page() -> str:
    """Which of Table Schema is read, what checks may use, and where frictionless judges otherwise."""
    parts = ["# Table Schema", NOTE, _INTRODUCTION, "## Types", _data_types(), _AFTER_TYPES, "## Checks"]
    parts += ["A check compares fields of one record by an SQL expression that is true where the rule is broken. It may use:"]
    parts += ["\n".join(f"- {line}" for line in checks.vocabulary()), "## Where frictionless judges otherwise"]
    parts += ["A test compares what both say to values at the border of every type; these are all the differences.", _differences()]
    return "\n\n".join(parts) + "\n"


def _data_types() -> str:
    rows = ["| type | formats | properties | constraints besides required, unique, enum | kept as |", "|---|---|---|---|---|"]
    for name, kept in SQL_TYPES.items():
        moment = name in ("date", "datetime", "time")
        formats = ", ".join(fields.FORMATS.get(name, ("default", "any", "a pattern") if moment else ("default",)))
        fitting = ", ".join(sorted(fields.FITTING.get(name, set(fields.LIMITS))))
        rows.append(f"| {name} | {formats} | {', '.join(fields.PROPERTIES.get(name, ()))} | {fitting} | {kept} |")
    return "\n".join(rows)


def _differences() -> str:
    here = {"take": "taken", "reject": "rejected"}
    rows = ["| type of field | values | here | reason |", "|---|---|---|---|"]
    rows += [f"| {d.case} | {_cell(', '.join(f'`{c!r}`' for c in d.cells))} | {here[d.we]} | {_cell(d.reason)} |" for d in DIFFERENCES]
    return "\n".join(rows)


def settings_page() -> str:
    """Settings with default and comment, as they stand in the source of Settings."""
    source = inspect.getsource(config.Settings).splitlines()
    tree = ast.parse(inspect.cleandoc("\n".join(source)))
    declared = [n for n in tree.body[0].body if isinstance(n, ast.AnnAssign)]  # type: ignore[attr-defined]
    lines = inspect.cleandoc("\n".join(source)).splitlines()
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for node in declared:
        comment = lines[node.lineno - 1].partition("#")[2].strip()
        rows.append(f"| `{ast.unparse(node.target)}` | `{ast.unparse(node.value) if node.value else ''}` | {_cell(comment)} |")
    return "\n\n".join(["# Settings", NOTE, inspect.getdoc(config) or "", "\n".join(rows)]) + "\n"


def errors_page() -> str:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.ImporterError)]
    rows = ["| code | title | HTTP status |", "|---|---|---|"]
    rows += [f"| `{c.code}` | {c.title} | {c.http_status} |" for c in sorted(classes, key=lambda c: c.code)]
    tree = inspect.getdoc(errors) or ""
    return "\n\n".join(["# Errors that stop a file, a call or an import", NOTE, f"```\n{tree}\n```", "\n".join(rows)]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
