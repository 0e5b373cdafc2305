"""One field of a type document, with everything that can be wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import polars as pl
import pycountry

from importer.errors import DeclarationError
from importer.schema import jsons
from importer.schema.document import Node
from importer.schema.limits import bound, lengths
from importer.schema.model import DATA_TYPES, TAKEN, Field, Repair
from importer.schema.patterns import bad_pattern, directives
from importer.schema.words import Wording

# Codes that a library knows, by the name of their standard.
CODES: dict[str, Callable[[], Iterable[str]]] = {
    "iso3166-1-alpha-2": lambda: (country.alpha_2 for country in pycountry.countries),
    "iso4217": lambda: (currency.alpha_3 for currency in pycountry.currencies),
}
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
LENGTHS = ("minLength", "maxLength")
OWN = ("increasing", "unit", "checkDigit", "interval")  # constraints beyond Table Schema
CONSTRAINTS = ("required", "unique", "pattern", "enum", *LIMITS, *LENGTHS, "jsonSchema", *OWN)
# Constraints besides required, unique and enum, which every type can have.
FITTING = {
    "string": {"pattern", *LENGTHS, *OWN}, "object": {*LENGTHS, "jsonSchema"}, "array": {*LENGTHS, "jsonSchema"},
    "list": {"pattern", "checkDigit", *LENGTHS}, "boolean": set(), "geopoint": set(), "geojson": set(), "any": set(),
}  # fmt: skip
FORMATS = {
    "string": ("default", "email", "uri", "binary", "uuid"),
    "geopoint": ("default", "array", "object"),
    "geojson": ("default", "topojson"),
}
PROPERTIES = {
    "string": ("categories", "categoriesOrdered"),
    "integer": ("groupChar", "bareNumber", "categories", "categoriesOrdered"),
    "number": ("decimalChar", "groupChar", "bareNumber"),
    "boolean": ("trueValues", "falseValues"),
    "list": ("delimiter", "itemType"),
}
ITEM_TYPES = ("string", "integer", "boolean", "number", "datetime", "date", "time")
REPAIRS = ("trim", "collapse", "lower", "upper", "map", "copy")
RULES = ("type", "clock", "empty", "characters", *CONSTRAINTS)
_MAX_NAME = 200


def read_field(data: Node) -> Field:
    """A field of a document; its constraint `unique` stays among the constraints. Raises DeclarationError."""
    name = data.needed("name")
    _check_name(data, name)
    kind = data.text("type", "any")
    _known(data, "type", [kind], DATA_TYPES)
    field = Field(
        name=name,
        title=data.text("title", name),
        type=kind,
        format=_format(data, kind),
        optional=data.flag("optional"),
        description=data.text("description"),
        example=_example(data),
        notice=data.text("notice"),
        synonyms=data.texts("synonyms"),
        missing_values=missing_values(data),
        repairs=tuple(_repair(r) for r in data.nodes("repairs", "repair")),
        characters=pattern_of(data, "characters"),
        quick=pattern_of(data, "quick"),
        suspects=tuple(_bytes(data, s) for s in data.texts("suspects")),
        wordings=_violations(data),
        unmapped=wording(data.node("unmapped")) if "unmapped" in data else None,
    )
    field = _with_properties(field, data)
    labels, categories = _categories(data, field)
    field = replace(field, labels=labels, ordered=data.of_kind("categoriesOrdered", bool, "true or false"))
    return replace(field, constraints=_constraints(data, field, categories))


def _check_name(data: Node, name: str) -> None:
    if name.lower() in TAKEN:
        raise data.wrong(f"the name {name} is used by the importer itself.", fix="Choose another name, and this one as a title.")
    if len(name) > _MAX_NAME or not name.isprintable() or name != name.strip():
        raise data.wrong(f"the name has more than {_MAX_NAME} characters, an invisible one, or a space at an end.", fix="Choose another.")


def _format(data: Node, kind: str) -> str:
    given = data.text("format", "default").removeprefix("fmt:")
    if kind in ("date", "datetime", "time"):
        if given not in ("default", "any"):
            try:
                directives(given, kind)
            except ValueError as error:
                raise data.wrong(f"the format {given!r} cannot be used: {error}.", fix="Correct the pattern, or use default.") from error
    else:
        _known(data, "format", [given], FORMATS.get(kind, ("default",)))
    return given


def _with_properties(field: Field, data: Node) -> Field:
    """The field with the properties that belong to its type."""
    given: dict[str, Any] = {}
    if field.type == "boolean":
        given = {"true_values": data.texts("trueValues", field.true_values), "false_values": data.texts("falseValues", field.false_values)}
        if both := set(given["true_values"]) & set(given["false_values"]):
            raise data.wrong(f"{min(both)!r} stands for true and for false.")
    elif field.type in ("number", "integer"):
        group, point = data.text("groupChar"), data.text("decimalChar", ".")
        given = {"group_char": group, "decimal_char": point, "bare_number": data.flag("bareNumber", default=True)}
        if any(c.isalnum() or c in "+-" for c in group + point) or not point or (group == point and field.type == "number"):
            raise data.wrong("groupChar and decimalChar must be different, and neither digits, letters nor signs.")
    elif field.type == "list":
        item = data.text("itemType", "string")
        _known(data, "itemType", [item], ITEM_TYPES)
        given = {"item_type": item, "delimiter": data.text("delimiter", ","), "trim_items": data.flag("trimItems")}
        if not given["delimiter"] and item != "string":
            raise data.wrong("a list of several columns (delimiter empty) holds texts; itemType cannot be another.")
    return replace(field, **given)


def _constraints(data: Node, field: Field, categories: list[Any] | None) -> dict[str, Any]:
    node = data.node("constraints")
    rules = {name: value for name, value in node.data.items() if value is not None}
    source = rules.pop("enumFrom", None)
    if source in CODES:
        rules["enum"] = sorted(CODES[source]())
    elif source is not None:
        raise node.wrong(f"unknown enumFrom {source}.", fix=f"Known: {', '.join(CODES)}.")
    _known(data, "constraint", rules, CONSTRAINTS)
    fitting = {"required", "unique", "enum"} | FITTING.get(field.type, set(LIMITS))
    if alien := [name for name in rules if name not in fitting]:
        raise node.wrong(f"{alien[0]} does not fit the type {field.type}.", fix=f"Fitting: {', '.join(sorted(fitting))}.")
    if categories is not None:
        if alien := [v for v in rules.get("enum", categories) if v not in categories]:
            raise node.wrong(f"enum has {alien[0]!r}, which is none of the categories.")
        rules.setdefault("enum", categories)
    for name in rules:
        _check_constraint(node, field, name, rules)
    return rules


def _check_constraint(node: Node, field: Field, name: str, rules: dict[str, Any]) -> None:
    limit = rules[name]
    if name in ("required", "unique"):
        node.flag(name)
    elif name == "pattern":
        pattern_of(node, name)
    elif name in LENGTHS:
        if not 0 <= node.of_kind(name, int, "a whole number") < 2**31:
            raise node.wrong(f"{name} is below zero or above two thousand million.")
        if rules.get("minLength", 0) > rules.get("maxLength", limit):
            raise node.wrong("minLength is above maxLength, so that no value fits.")
    elif name == "enum":
        _check_enum(node, field, limit)
    elif name in OWN:
        node.of_kind(name, (str, dict), "a name or an object")
    elif name == "jsonSchema":
        jsons.check_schema(node, node.of_kind(name, (dict, bool), "an object"))
    else:
        _bound(node, field, name, limit)
        _check_range(node, field, rules)


def _bound(node: Node, field: Field, name: str, limit: Any) -> Any:
    try:
        if isinstance(limit, (dict, list)) and field.type not in ("object", "array", "geojson"):
            raise node.wrong(f"{name} must be one value.")
        return bound(field, limit)
    except DeclarationError as error:
        raise node.wrong(f"{name} is {limit!r}, which is no {field.type}.", fix="Write the limit as the values are written.") from error


def _check_range(node: Node, field: Field, rules: dict[str, Any]) -> None:
    """Refuses limits between which nothing lies."""
    low, high = (
        [_bound(node, field, n, rules[n]) for n in (f"{end}", f"exclusive{end[0].upper()}{end[1:]}") if n in rules]
        for end in ("minimum", "maximum")
    )
    if not low or not high:
        return
    if field.type == "duration":
        above = bool((lengths(pl.Series([max(low)])) > lengths(pl.Series([max(high)]))).all())
    else:
        above = bool(max(low) > min(high))
    if above:
        raise node.wrong("the smallest allowed value is above the largest, so that no value fits.")


def _check_enum(node: Node, field: Field, values: Any) -> None:
    if not isinstance(values, list) or not values:
        raise node.wrong("enum must be a list with at least one value.")
    for value in values:
        no_text = field.type in ("string", "any") and not isinstance(value, (str, int, float))
        if no_text or (isinstance(value, bool) and field.type not in ("boolean", "object", "array", "geojson")):
            raise node.wrong(f"enum has {value!r}, which is no text.", fix='Put the values in quotes, for example "yes".')
        _bound(node, field, "enum", value)


def pattern_of(data: Node, name: str) -> str | None:
    """A property that is a pattern. Raises DeclarationError where it cannot be used."""
    if name not in data:
        return None
    pattern = str(data.of_kind(name, str, "a text"))
    if problem := bad_pattern(pattern):
        raise data.wrong(f"{name}: {problem[0]}.", fix=problem[1])
    return pattern


def missing_values(data: Node) -> tuple[str, ...] | None:
    """The texts that stand for no value: a list of texts, or of objects with value and label."""
    given = data.of_kind("missingValues", list, "a list")
    if given is None:
        return None
    values: list[Any] = [v.get("value") if isinstance(v, dict) else v for v in given]
    if not all(isinstance(v, str) for v in values):
        raise data.wrong("missingValues must be a list of texts, or of objects with a text `value`.", fix="Put the texts in quotes.")
    if len(set(values)) < len(values):
        raise data.wrong("missingValues names a text twice.")
    return tuple(values)


def _categories(data: Node, field: Field) -> tuple[dict[str, str] | None, list[Any] | None]:
    """Labels by value, and the allowed values; None where the document has no categories."""
    given = data.of_kind("categories", list, "a list")
    if given is None:
        if "categoriesOrdered" in data:
            raise data.wrong("categoriesOrdered stands without categories.")
        return None, None
    if field.type not in ("string", "integer"):
        raise data.wrong(f"categories do not fit the type {field.type}.", fix="Fitting: string, integer.")
    pairs = [(v.get("value"), v.get("label")) if isinstance(v, dict) else (v, None) for v in given]
    values = [value for value, _ in pairs]
    if not values or any(v is None or isinstance(v, (list, dict)) for v in values) or len({str(v) for v in values}) < len(values):
        raise data.wrong("categories must be a list of different values, or of objects with different `value`.")
    return {str(value): str(label) for value, label in pairs if label is not None} or None, values


def _example(data: Node) -> str:
    value = data.data.get("example")
    return "" if value is None else str(value)


def _bytes(data: Node, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise data.wrong(f"suspects: {text} is not hexadecimal.") from error


def _repair(data: Node) -> Repair:
    do = data.needed("do")
    _known(data, "repair", [do], REPAIRS)
    values = data.node("values")
    return Repair(do, wording(data), {str(k): values.text(k) for k in values.data} or None, data.text("from"))


def _violations(data: Node) -> dict[str, Wording]:
    node = data.node("violations")
    _known(data, "violation", node.data, RULES)
    return {rule: wording(node.node(rule)) for rule in node.data}


def wording(data: Node) -> Wording:
    """The words of a rule: code, message and hint are needed."""
    severity = data.of_kind("severity", str, "a text")
    if severity is not None:
        _known(data, "severity", [severity], ("error", "optional", "warning", "repair"))
    return Wording(data.needed("code"), data.needed("message"), data.needed("hint"), severity, data.text("detail"))


def _known(where: Node, kind: str, given: Any, known: tuple[str, ...]) -> None:
    if unknown := [g for g in given if g not in known]:
        raise where.wrong(f"unknown {kind} {unknown[0]}.", fix=f"Known: {', '.join(known)}.")
