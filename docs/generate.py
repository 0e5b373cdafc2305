"""Writes the pages of docs/ that come from the code: `python -m docs.generate`. A test compares them with what is there."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from importer import config, errors
from importer.schema import Field, TypeSchema, Wording, load_types
from importer.validation.plan import MALFORMED

HERE = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.generate`; change the type documents in importer/types/ and run it again. -->"


def pages() -> dict[str, str]:
    """File name and text of every generated page."""
    return {"types.md": types_page(), "settings.md": settings_page(), "errors.md": errors_page()}


def types_page() -> str:
    parts = ["# Import types and their rules", NOTE, _severities(), "## Records that cannot be read (every type)", _rules(_malformed())]
    parts += [_type_section(schema) for schema in load_types().values()]
    return "\n\n".join(parts) + "\n"


def _severities() -> str:
    return (
        "An **error** rejects the record; the other records go on. *optional* is an error too, unless the import's option\n"
        "`on_bad_optional` is `drop_value`: then the value is left out and a warning says so. A **warning** keeps the record.\n"
        "A **repair** changed the value, kept the record, and is listed."
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
    if schema.identity:
        text.append("Recognised by, in this order: " + ", ".join(f"`{k}`" for k in schema.identity.precedence) + ".")
    if schema.pools:
        code, number = f"`{schema.pools.of}`", f"`{schema.pools.field}`"
        text.append(
            f"Every import goes into a pool, which a person makes and chooses; a loaded record holds its number as {number}. The prefix\n"
            f"of the pool is put before every {code}, unless it begins with it already; duplicates and the barcode are judged with the\n"
            "prefix in front. A code is in one pool only; those that are in the pool already need no room in it."
        )
    if schema.open and schema.open.prefix:
        text.append(f"Other columns can be kept under a name that begins with `{schema.open.prefix}`. Reserved names:")
        text.append(", ".join(f"`{n}`" for n in sorted(schema.open.reserved)) + ".")
    return "\n\n".join(text)


def _fields(fields: tuple[Field, ...]) -> str:
    rows = ["| field | title | type | also found as | example |", "|---|---|---|---|---|"]
    rows += [f"| `{f.name}` | {f.title} | {f.type} | {', '.join(f.synonyms)} | {_cell(f.example)} |" for f in fields]
    return "\n".join(rows)


def _type_rules(schema: TypeSchema) -> list[tuple[str, str, Wording]]:
    found = []
    for f in schema.fields:
        judged = "optional" if f.optional else "error"
        names = [*(["type"] if f.type not in ("string", "list") else []), *(["characters"] if f.characters else []), *(f.constraints or {})]
        found += [(f.name, f.wording(n).severity or judged, f.wording(n)) for n in names]
        found += [(f.name, "repair", r.wording) for r in f.repairs]
    found += [(", ".join(c.fields), c.wording.severity or "error", c.wording) for c in schema.checks]
    if schema.identity:
        whole = (schema.identity.duplicate, schema.identity.conflict, schema.identity.unknown)
        found += [("the whole file", w.severity or "error", w) for w in whole if w]
    if pools := schema.pools:
        file = [("the whole file", w.severity or "error", w) for w in (pools.elsewhere, pools.again)]
        found += [(pools.of, pools.barcode.severity or "error", pools.barcode), *file]
        found += [("the import", "stops", w) for w in (pools.unknown, pools.limit)] + [("the import", "notice", pools.prefix)]
    return found


def _rules(rules: list[tuple[str, str, Wording]]) -> str:
    rows = ["| code | field | severity | what it says | what to do |", "|---|---|---|---|---|"]
    rows += [f"| `{w.code}` | {field} | {severity} | {_cell(w.message)} | {_cell(w.hint)} |" for field, severity, w in rules]
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
