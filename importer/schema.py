"""Import types: Table Schema documents (YAML) with this importer's additions, read into values.

`load_types()` reads every document of `importer/types/`. A document that is declared wrongly raises DeclarationError
with the place. Nothing here knows the name of a type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pycountry
import yaml

from importer.errors import DeclarationError, NotFound
from importer.model import FieldInfo, TypeInfo

DATA_TYPES = ("string", "integer", "number", "boolean", "date", "datetime", "list")
CUSTOM_TYPES = ("string", "integer", "number", "boolean", "date", "datetime")  # what an attribute can be
CONSTRAINTS = (
    "required", "pattern", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
    "unit", "checkDigit", "interval",
)  # fmt: skip
REPAIRS = ("trim", "collapse", "lower", "upper", "map")


# The loader in C is ten times as fast and not on every platform.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a broken rule says. severity None: that of the field (error, or as the option on_bad_optional has it).
    detail: the message for one record, with {line} for the line of the other record; empty: the message."""

    code: str
    message: str
    hint: str
    severity: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    do: str
    wording: Wording
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    title: str
    type: str
    optional: bool = False
    description: str = ""
    example: str = ""
    notice: str = ""
    synonyms: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    characters: str | None = None
    delimiter: str = ","  # of a list; empty: a cell is one item, and several columns may be mapped to the field
    quick: str | None = None  # text that matches needs no repair and breaks no rule; only there to be fast
    suspects: tuple[bytes, ...] = ()  # where the source holds none of these, `characters` cannot be broken; for speed too
    constraints: Mapping[str, Any] | None = None
    true_values: tuple[str, ...] = ("true", "True", "TRUE", "1")  # Table Schema v2 defaults
    false_values: tuple[str, ...] = ("false", "False", "FALSE", "0")
    wordings: Mapping[str, Wording] | None = None

    @property
    def required(self) -> bool:
        return bool((self.constraints or {}).get("required"))

    @property
    def merges(self) -> bool:
        """Whether several columns may be mapped to this field, each cell being one item."""
        return self.type == "list" and not self.delimiter

    @property
    def splits(self) -> bool:
        """Whether a cell holds several items."""
        return self.type == "list" and bool(self.delimiter)

    def wording(self, rule: str) -> Wording:
        """What to say when `rule` (type, characters or a constraint) is broken."""
        return (self.wordings or {}).get(rule) or _default_wording(rule, self)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over several fields. `broken` is a Polars SQL expression, true where the rule is broken."""

    wording: Wording
    fields: tuple[str, ...]
    broken: str
    option: str | None = None  # judged only where this option of the import has the value `equals`
    equals: Any = None


@dataclass(frozen=True, slots=True)
class Identity:
    """How a record is recognised; see `identity` in the type documents."""

    precedence: tuple[str, ...]
    without_email: tuple[str, ...]
    caseless: frozenset[str]
    alone: frozenset[str]
    update_only: frozenset[str]
    duplicate: Wording
    conflict: Wording | None
    conflict_fields: tuple[str, ...]
    unknown: Wording | None
    together: bool = False  # all identifiers together are one key, as in a primary key of several fields
    optional: bool = False  # a record without identifier is simply added

    def keys(self, options: Mapping[str, Any], mapped: Collection[str]) -> tuple[str, ...]:
        """The identifiers of an import in order of precedence: those of the option unique_email that are mapped."""
        order = self.precedence if options.get("unique_email", True) else self.without_email
        found = tuple(name for name in order if name in mapped)
        return () if self.together and found != order else found


@dataclass(frozen=True, slots=True)
class OpenFields:
    """Whether and how columns without a declared field are kept."""

    prefix: str = ""
    keep_names: bool = False
    reserved: frozenset[str] = frozenset()
    reserved_code: str = "ATTR_RESERVED"
    forbidden: str | None = None
    forbidden_code: str = "ATTR_NAME_CHARS"


@dataclass(frozen=True, slots=True)
class Distinct:
    """A rule over the whole file: a field has at most so many different values, without regard to case."""

    wording: Wording
    field: str
    most: int


@dataclass(frozen=True, slots=True)
class Differ:
    """A rule over the whole file: records with the same `group` (without regard to case) differ in one of `fields`."""

    wording: Wording
    group: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadModes:
    """What a record may do to the one that is there. overwrite: take its place, what the file does not have becomes empty;
    partial: change only what the file has."""

    modes: tuple[str, ...] = ("partial",)
    default: str = "partial"


@dataclass(frozen=True, slots=True)
class TypeSchema:
    name: str
    title: str
    version: str
    description: str
    fields: tuple[Field, ...]
    missing_values: tuple[str, ...] = ("",)
    checks: tuple[Check, ...] = ()
    identity: Identity | None = None
    open: OpenFields | None = None
    whole: tuple[Distinct | Differ, ...] = ()
    load: LoadModes = LoadModes()

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)

    def resolve(self, name: str, data_type: str | None) -> Field | None:
        """The declared field of this name, or a custom one where the type is open, or None."""
        if found := self.field(name):
            return found
        if self.open is None or not name.startswith(self.open.prefix) or name == self.open.prefix:
            return None
        return Field(name=name, title=name.removeprefix(self.open.prefix), type=data_type or "string", optional=True)

    def info(self) -> TypeInfo:
        return TypeInfo(
            name=self.name,
            title=self.title,
            version=self.version,
            description=self.description,
            fields=tuple(FieldInfo(f.name, f.title, f.type, f.required, f.description, f.synonyms, f.example) for f in self.fields),
            one_of=self.identity.precedence if self.identity else (),
            open=self.open is not None,
            open_prefix=self.open.prefix if self.open else "",
        )


def load_types() -> dict[str, TypeSchema]:
    """The import types that come with the importer, by name."""
    return dict(_bundled())


def find_type(name: str) -> TypeSchema:
    types = _bundled()
    if name not in types:
        raise NotFound(f"There is no import type {name!r}.", fix=f"Choose one of: {', '.join(types)}.")
    return types[name]


@cache
def _bundled() -> dict[str, TypeSchema]:
    documents = sorted((f for f in files("importer.types").iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    schemas = [read_type(f.read_text(encoding="utf-8"), f.name) for f in documents]
    return {s.name: s for s in schemas}


def read_type(text: str, place: str) -> TypeSchema:
    """A type from its YAML text. `place` names the document in errors. Raises DeclarationError."""
    try:
        document = yaml.load(text, Loader=_YAML)  # noqa: S506 - both are safe loaders
        return _type(document, place)
    except yaml.YAMLError as error:
        raise DeclarationError(f"{place} is not YAML: {error}.", fix="Correct the document.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DeclarationError(f"{place}: {error!r} is missing or of the wrong kind.", fix="Correct the document.") from error


def _type(document: dict[str, Any], place: str) -> TypeSchema:
    schema = TypeSchema(
        name=document["name"],
        title=document["title"],
        version=str(document["version"]),
        description=document.get("description", ""),
        missing_values=tuple(document.get("missingValues", [""])),
        fields=tuple(_field(f, place) for f in document["fields"]),
        checks=tuple(_check(c) for c in document.get("checks", ())),
        identity=_identity(document["identity"]) if "identity" in document else None,
        open=_open(document["open"]) if "open" in document else None,
        whole=tuple(_whole(w, place) for w in document.get("whole", ())),
        load=_load_modes(document.get("load", {}), place),
    )
    names = [f.name.lower() for f in schema.fields]
    if repeated := {n for n in names if names.count(n) > 1}:
        raise DeclarationError(f"{place}: the field {min(repeated)} stands twice.", fix="Name every field once.")
    for check in schema.checks:
        if unknown := [f for f in check.fields if f.lower() not in names]:
            raise DeclarationError(f"{place}: check {check.wording.code} names the unknown field {unknown[0]}.", fix="Correct it.")
    for rule in schema.whole:
        used = (rule.field,) if isinstance(rule, Distinct) else (rule.group, *rule.fields)
        if unknown := [f for f in used if f.lower() not in names]:
            raise DeclarationError(f"{place}: rule {rule.wording.code} names the unknown field {unknown[0]}.", fix="Correct it.")
    return schema


def _field(data: Mapping[str, Any], place: str) -> Field:
    where = f"{place}, field {data['name']}"
    constraints = dict(data.get("constraints", {}))
    if constraints.pop("enumFrom", None) == "iso3166-1-alpha-2":
        constraints["enum"] = sorted(country.alpha_2 for country in pycountry.countries)
    _known(where, "type", [data["type"]], DATA_TYPES)
    _known(where, "constraint", constraints, CONSTRAINTS)
    _known(where, "repair", [r["do"] for r in data.get("repairs", ())], REPAIRS)
    _known(where, "violation", data.get("violations", {}), (*CONSTRAINTS, "type", "characters"))
    optional: dict[str, Any] = {}
    if "trueValues" in data:
        optional["true_values"] = tuple(data["trueValues"])
    if "falseValues" in data:
        optional["false_values"] = tuple(data["falseValues"])
    return Field(
        name=data["name"],
        title=data.get("title", data["name"]),
        type=data["type"],
        optional=bool(data.get("optional", False)),
        description=data.get("description", ""),
        example=str(data.get("example", "")),
        notice=data.get("notice", ""),
        synonyms=tuple(data.get("synonyms", ())),
        missing_values=tuple(data.get("missingValues", ())),
        repairs=tuple(Repair(r["do"], _wording(r), r.get("values")) for r in data.get("repairs", ())),
        characters=data.get("characters"),
        delimiter=data.get("delimiter", ","),
        quick=data.get("quick"),
        suspects=tuple(bytes.fromhex(str(s)) for s in data.get("suspects", ())),
        constraints=constraints,
        wordings={rule: _wording(w) for rule, w in data.get("violations", {}).items()},
        **optional,
    )


def _known(where: str, kind: str, given: Any, known: tuple[str, ...]) -> None:
    if unknown := [g for g in given if g not in known]:
        raise DeclarationError(f"{where}: unknown {kind} {unknown[0]}.", fix=f"Known: {', '.join(known)}.")


def _wording(data: Mapping[str, Any]) -> Wording:
    return Wording(data["code"], data["message"], data["hint"], data.get("severity"), data.get("detail", ""))


def _check(data: Mapping[str, Any]) -> Check:
    when = data.get("when", {})
    return Check(_wording(data), tuple(data["fields"]), data["broken"], when.get("option"), when.get("equals"))


def _identity(data: Mapping[str, Any]) -> Identity:
    conflict = data.get("conflict")
    return Identity(
        precedence=tuple(data["precedence"]),
        without_email=tuple(data.get("withoutEmail", data["precedence"])),
        caseless=frozenset(data.get("caseless", ())),
        alone=frozenset(data.get("alone", ())),
        update_only=frozenset(data.get("updateOnly", ())),
        duplicate=_wording(data["duplicate"]),
        conflict=_wording(conflict) if conflict else None,
        conflict_fields=tuple(conflict["fields"]) if conflict else (),
        unknown=_wording(data["unknown"]) if "unknown" in data else None,
        together=bool(data.get("together", False)),
        optional=bool(data.get("optional", False)),
    )


def _whole(data: Mapping[str, Any], place: str) -> Distinct | Differ:
    _known(f"{place}, rule {data['code']}", "kind", [data["kind"]], ("distinct", "differ"))
    if data["kind"] == "distinct":
        return Distinct(_wording(data), data["field"], int(data["most"]))
    return Differ(_wording(data), data["group"], tuple(data["fields"]))


def _load_modes(data: Mapping[str, Any], place: str) -> LoadModes:
    modes = tuple(data.get("modes", LoadModes().modes))
    default = data.get("default", modes[0])
    _known(f"{place}, load", "mode", modes, ("overwrite", "partial"))
    _known(f"{place}, load", "default mode", [default], modes)
    return LoadModes(modes, default)


def _open(data: Mapping[str, Any]) -> OpenFields:
    return OpenFields(
        prefix=data.get("prefix", ""),
        keep_names=bool(data.get("keepNames", False)),
        reserved=frozenset(str(data.get("reserved", "")).split()),
        reserved_code=data.get("reservedCode", "ATTR_RESERVED"),
        forbidden=data.get("forbidden"),
        forbidden_code=data.get("forbiddenCode", "ATTR_NAME_CHARS"),
    )


_TYPE_WORDS = {
    "integer": ("Is not a whole number.", "Write digits only, for example 1200."),
    "number": ("Is not a number.", "Write the number with a point for decimals and nothing else, for example 12.5."),
    "boolean": ("Is neither true nor false.", "Write true or false."),
    "date": ("Is not a date of the calendar.", "Write year-month-day with two digits for month and day, for example 2024-03-09."),
    "datetime": ("Is not a date with a time.", "Write it like 2024-03-09T14:30:00Z; without a zone it counts as UTC."),
}


def _default_wording(rule: str, field: Field) -> Wording:
    limit = (field.constraints or {}).get(rule)
    if rule == "type":
        message, hint = _TYPE_WORDS.get(field.type, ("Cannot be read.", "Check the value."))
        return Wording(f"TYPE_{field.type.upper()}", message, hint)
    words = {
        "required": ("REQUIRED", "Is empty.", "Fill the cell."),
        "pattern": ("PATTERN", "Does not have the form that is expected.", f"The whole value must match {limit}."),
        "enum": ("ENUM", "Is none of the allowed values.", f"Allowed: {', '.join(map(str, limit or ()))}."),
        "minimum": ("MINIMUM", f"Is below {limit}.", f"The smallest allowed value is {limit}."),
        "maximum": ("MAXIMUM", f"Is above {limit}.", f"The largest allowed value is {limit}."),
        "exclusiveMinimum": ("MINIMUM", f"Is not above {limit}.", f"The value must be above {limit}."),
        "exclusiveMaximum": ("MAXIMUM", f"Is not below {limit}.", f"The value must be below {limit}."),
        "minLength": ("MIN_LENGTH", f"Is shorter than {limit} characters.", "Write the whole value."),
        "maxLength": ("MAX_LENGTH", f"Is longer than {limit} characters.", "Shorten the value."),
        "unit": ("UNIT", "Does not end with a unit that is known.", "Write the number, a space and the unit."),
        "checkDigit": ("CHECK_DIGIT", "The last digit does not fit the others.", "Look for a digit that is missing or mistyped."),
        "interval": ("INTERVAL", "Is not a start and an end after it.", "Write start/end, for example 2024-03-09/2024-03-16."),
        "characters": ("CHARACTERS", "Holds a character that is not allowed here.", "Remove the special character."),
    }
    return Wording(*words[rule])
