"""The rules of a type, each as a person reads it."""

from __future__ import annotations

from typing import Any

from importer.model import RuleInfo
from importer.schema import Distinct, Field, TypeSchema, Wording

_DONE = {"trim": "spaces around it", "lower": "capital letters", "upper": "small letters", "map": "another spelling"}
_KINDS = {
    "integer": "a whole number", "number": "a number", "boolean": "true or false", "date": "a date", "datetime": "a date with a time",
    "time": "a time of the day", "year": "a year", "yearmonth": "a month of a year", "duration": "a length of time",
    "object": "a JSON object", "array": "a JSON array", "geojson": "a GeoJSON object", "geopoint": "a point on the map",
}  # fmt: skip
_LIMITS = {
    "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above", "exclusiveMaximum": "below",
}  # fmt: skip
MOST_VALUES = 12


def rules_of(schema: TypeSchema) -> tuple[RuleInfo, ...]:
    """Every rule in the order of the fields, then those about the whole record and the whole file."""
    found = [rule for f in schema.fields for rule in _field_rules(f)]
    found += [_rule(", ".join(c.fields), "the values fit together", c.wording) for c in schema.checks]
    found += [_rule(", ".join(u.fields), "is in one record of a file only", u.wording) for u in schema.unique]
    found += [_rule(", ".join(k.fields), f"is in {k.type_name}", k.wording) for k in schema.foreign_keys]
    if identity := schema.identity:
        for when, wording in (
            ("each record comes once in a file", identity.duplicate),
            ("identifiers belong together", identity.conflict),
            ("the record is there already", identity.unknown),
        ):
            if wording:
                found.append(_rule(", ".join(identity.precedence), when, wording))
    for c in schema.consistent:
        when = f"is the same for the same {', '.join(c.per)}" if c.per else "is the same in the whole file"
        found.append(_rule(", ".join(c.fields), when, c.wording))
    for rule in schema.whole:
        if isinstance(rule, Distinct):
            found.append(_rule(rule.field, f"has at most {rule.most} different values", rule.wording))
        else:
            found.append(_rule(", ".join(rule.fields), f"differs where {rule.group} is the same", rule.wording))
    if schema.group:
        found += [_rule(", ".join(c.fields), f"fits the lines of the same {schema.group.by}", c.wording) for c in schema.group.checks]
    return tuple(found)


def _field_rules(f: Field) -> list[RuleInfo]:
    judged = "optional" if f.optional else "error"
    kind = _KINDS.get(f.type)
    found = [_rule(f.name, f"is {kind}", f.wording("type"), judged)] if kind else []
    if f.characters:
        found.append(_rule(f.name, "has no forbidden character", f.wording("characters"), judged))
    for name, limit in (f.constraints or {}).items():
        if limit is not None and limit is not False:
            found.append(_rule(f.name, _when(name, limit), f.wording(name), judged))
    for repair in f.repairs:
        found.append(_rule(f.name, f"repaired: {_DONE.get(repair.do, repair.do)}", repair.wording, "repair"))
    return found


def _when(rule: str, limit: Any) -> str:
    match rule:
        case "required":
            return "is filled"
        case "pattern":
            return f"has the form {limit}"
        case "enum":
            shown = ", ".join(map(str, limit[:MOST_VALUES]))
            return f"is one of {shown}" + (f" and {len(limit) - MOST_VALUES:,} more" if len(limit) > MOST_VALUES else "")
        case "minLength" | "maxLength":
            return f"has {'at least' if rule == 'minLength' else 'at most'} {limit} characters"
    return f"is {_LIMITS[rule]} {limit}" if rule in _LIMITS else f"keeps {rule}"


def _rule(field: str, when: str, wording: Wording, severity: str = "error") -> RuleInfo:
    return RuleInfo(field, wording.severity or severity, wording.code, when, wording.message, wording.hint)
