"""A type document as the rows of a form, and back. What the form does not show stays in the document as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from importer.errors import TypeProblem
from importer.model import Severity, TypeForm, TypeRow
from importer.schema import Field
from importer.typedocs.read import data_of, text_of

# A limit of a text or a list is about its length.
LENGTHS = {"minimum": "minLength", "maximum": "maxLength"}
MEASURED = ("string", "list", "any", "array", "object")
WORDED = ("type", "pattern", "enum", "minimum", "maximum", "minLength", "maxLength")  # rules that the message of a row is about
_PLACE = "The document"


def form_of(text: str) -> TypeForm:
    """The form of a document, which may still have mistakes. Raises TypeProblem when it cannot be read at all."""
    data = data_of(text, _PLACE)
    rows = tuple(_row(field, place) for place, field in enumerate(_fields(data)))
    return TypeForm(_text(data.get("title")), _text(data.get("description")), rows, _key(data))


def edited(text: str, form: TypeForm) -> str:
    """The document with what was changed in the form; the same text where nothing was. Raises TypeProblem."""
    before = form_of(text)
    if form == before:
        return text
    data = copy.deepcopy(data_of(text, _PLACE))
    for name in ("title", "description"):
        if getattr(form, name) != getattr(before, name):
            _put(data, name, getattr(form, name))
    old = _fields(data)
    origins = [({}, None) if r.origin is None else (old[r.origin], before.rows[r.origin]) for r in form.rows]
    data["fields"] = [_field(field, was, row) for (field, was), row in zip(origins, form.rows, strict=True)]
    if form.key != before.key:
        _put(data, "primaryKey", list(form.key))
    return text_of(data)


def _fields(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    fields = data.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(f, dict) for f in fields):
        raise TypeProblem(f"{_PLACE}: fields must be a list of objects, each with a name.", fix="Correct the document.")
    return fields


def _key(data: Mapping[str, Any]) -> tuple[str, ...]:
    key = data.get("primaryKey") or ()
    return (key,) if isinstance(key, str) else tuple(map(str, key)) if isinstance(key, list) else ()


def _row(field: Mapping[str, Any], place: int) -> TypeRow:
    constraints, kind = _object(field.get("constraints")), _text(field.get("type")) or "any"
    limits = {side: constraints.get(_limit(side, kind)) for side in LENGTHS}
    enum = constraints.get("enum")
    spoken = [w for rule, w in _object(field.get("violations")).items() if rule in WORDED and isinstance(w, dict)]
    return TypeRow(
        field=_text(field.get("name")),
        title=_text(field.get("title")),
        type=kind,
        required=constraints.get("required") is True,
        unique=constraints.get("unique") is True,
        pattern=_text(constraints.get("pattern")),
        enum=tuple(map(_text, enum)) if isinstance(enum, list) else (),
        minimum=_text(limits["minimum"]),
        maximum=_text(limits["maximum"]),
        severity=_severity(_object(field.get("violations"))),
        message=_text(spoken[0].get("message")) if spoken else "",
        origin=place,
    )


def _severity(violations: Mapping[str, Any]) -> Severity:
    """A warning where every rule with words of its own is one."""
    given = {w.get("severity") for w in violations.values() if isinstance(w, dict)}
    return Severity.WARNING if given == {"warning"} else Severity.ERROR


def _field(field: dict[str, Any], before: TypeRow | None, row: TypeRow) -> dict[str, Any]:
    """The field with what differs from the row as it was."""
    was = before or TypeRow("", type="")
    result = {"name": row.field, **field} | {"name": row.field}
    if row.title != was.title:
        _put(result, "title", row.title)
    if row.type != was.type:
        result["type"] = row.type
    constraints = dict(_object(result.get("constraints")))
    for name in ("required", "unique"):
        if getattr(row, name) != getattr(was, name):
            _put(constraints, name, getattr(row, name))
    if row.pattern != was.pattern:
        _put(constraints, "pattern", row.pattern)
    if row.enum != was.enum:
        _put(constraints, "enum", [_value(v, row.type) for v in row.enum])
    for side in LENGTHS:
        given = getattr(row, side)
        if (given, row.type) != (getattr(was, side), was.type):
            constraints.pop(_limit(side, was.type), None)
            _put(constraints, _limit(side, row.type), _number(given) if given else None)
    _put(result, "constraints", constraints)
    rules_changed = row.message or row.severity is Severity.WARNING
    if (row.message, row.severity) != (was.message, was.severity) or (rules_changed and replace(row, title="") != replace(was, title="")):
        _put(result, "violations", _violations(result, row))
    return result


def _violations(field: Mapping[str, Any], row: TypeRow) -> dict[str, Any]:
    """Message and severity of the row for every rule of the field; words for other rules stay."""
    constraints = _object(field.get("constraints"))
    known = Field(name=row.field, title=row.title, type=row.type, constraints=constraints)
    given = {rule: w for rule, w in _object(field.get("violations")).items() if rule not in WORDED and rule != "required"}
    rules = [*([] if row.type in MEASURED else ["type"]), *(r for r in constraints if r in WORDED or r == "required")]
    for rule in rules:
        default = known.wording(rule)
        warning = row.severity is Severity.WARNING
        message = row.message if rule in WORDED and row.message else default.message
        if warning or message != default.message:
            words = {"code": default.code, "message": message, "hint": default.hint}
            given[rule] = words | ({"severity": "warning"} if warning else {})
    return given


def _limit(side: str, kind: str) -> str:
    return LENGTHS[side] if kind in MEASURED else side


def _value(text: str, kind: str) -> Any:
    return _number(text) if kind in ("integer", "number") else text


def _number(text: str) -> Any:
    """A number where the text is one; anything else stays text, such as a date or a mistake that the person shall see."""
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    """Sets a value, or takes it away where it is empty."""
    if value is None or value is False or value in ("", [], {}):  # zero is a value
        target.pop(name, None)
    else:
        target[name] = value


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, list | dict) else str(value)
