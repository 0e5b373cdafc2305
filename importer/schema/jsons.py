"""Judges JSON texts by a JSON Schema (draft 2020-12), for the constraint jsonSchema and for GeoJSON and TopoJSON.

Only different texts are judged, each once. A schema fetches nothing: references lead into the schema itself. Its patterns
are judged by the same engine as all others, which takes linear time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.schema.patterns import bad_pattern

if TYPE_CHECKING:
    from importer.schema.document import Node

_UNAVAILABLE = ("patternProperties", "$dynamicRef", "$recursiveRef")
_PROBES: tuple[Any, ...] = ({}, [], {"": [{}]}, [[], {}])


@cache
def _classes() -> tuple[Any, Any]:
    """The validator, with patterns judged by our engine, and an empty registry. Imported when first needed: few types have JSON."""
    from jsonschema import Draft202012Validator, ValidationError, validators
    from referencing import Registry

    def judge_pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not pl.Series([instance]).str.contains(pattern)[0]:
            yield ValidationError("does not match")

    return validators.extend(Draft202012Validator, {"pattern": judge_pattern}), Registry()


def check_schema(node: Node, schema: Any) -> None:
    """Raises DeclarationError, with the place of `node`, where a JSON Schema cannot be used."""
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    try:
        _classes()[0].check_schema(schema)
        _check_parts(node, schema)
        for probe in _PROBES:
            _validator(json.dumps(schema)).is_valid(probe)
    except SchemaError as error:
        raise node.wrong(f"jsonSchema is no JSON Schema: {error.message}.") from error
    except (Unresolvable, RecursionError) as error:
        raise node.wrong("jsonSchema refers to a part that is not there, or to itself without end.") from error


def _check_parts(node: Node, schema: Any) -> None:
    """Refuses what would fetch something, or judge by a pattern that our engine does not see."""
    for part in _parts(schema):
        if alien := [name for name in _UNAVAILABLE if name in part]:
            raise node.wrong(f"jsonSchema uses {alien[0]}, which is not available.", fix="Write the schema without it.")
        reference, pattern = part.get("$ref"), part.get("pattern")
        if isinstance(reference, str) and not reference.startswith("#"):
            raise node.wrong(f"jsonSchema refers to {reference}; nothing is fetched.", fix="Put the definition into $defs.")
        if isinstance(pattern, str) and (problem := bad_pattern(pattern)):
            raise node.wrong(f"jsonSchema: {problem[0]}.", fix=problem[1])


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
        left += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


@lru_cache(maxsize=100)
def _validator(schema: str) -> Any:
    validator, registry = _classes()
    return validator(json.loads(schema), registry=registry)


def fits(schema: Any) -> Callable[[pl.Series], pl.Series]:
    """For texts of JSON: whether each is as the schema says; null stays null."""
    return _over_distinct(_validator(json.dumps(schema)).is_valid, pl.Boolean(), otherwise=False)


def sizes(text: pl.Series) -> pl.Series:
    """For texts of JSON objects and arrays: how many entries or items each has."""
    return _over_distinct(len, pl.Int64())(text)


def one_of(values: list[Any]) -> Callable[[pl.Series], pl.Series]:
    """For texts of JSON: whether each says the same as one of these values."""
    allowed = {json.dumps(v, sort_keys=True) for v in values}
    return _over_distinct(lambda found: json.dumps(found, sort_keys=True) in allowed, pl.Boolean())


def _over_distinct(judge: Callable[[Any], Any], dtype: pl.DataType, otherwise: Any = None) -> Callable[[pl.Series], pl.Series]:
    """`judge` of the values of JSON texts, each different text once; `otherwise` where a text cannot be judged."""

    def look(text: pl.Series) -> pl.Series:
        different = text.drop_nulls().unique()
        found = []
        for one in different:
            try:
                found.append(judge(json.loads(one)))
            except (ValueError, TypeError, RecursionError):
                found.append(otherwise)
        return text.replace_strict(different, pl.Series(found, dtype=dtype), default=None, return_dtype=dtype)

    return look


def _position(items: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "minItems": 2, "items": {"type": "number"}}
    for _ in range(items):
        schema = {"type": "array", "items": schema}
    return schema


def _shape(name: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": name}, "coordinates": coordinates},
    }


_LINE = {**_position(1), "minItems": 2}
_RING = {**_position(1), "minItems": 4}
_BOX = {"bbox": {"type": "array", "minItems": 4, "items": {"type": "number"}}}

# GeoJSON as RFC 7946 has it.
GEOJSON: dict[str, Any] = {
    "oneOf": [{"$ref": "#/$defs/geometry"}, {"$ref": "#/$defs/feature"}, {"$ref": "#/$defs/collection"}],
    "properties": _BOX,
    "$defs": {
        "geometry": {
            "oneOf": [
                _shape("Point", _position(0)),
                _shape("MultiPoint", _position(1)),
                _shape("LineString", _LINE),
                _shape("MultiLineString", {"type": "array", "items": _LINE}),
                _shape("Polygon", {"type": "array", "items": _RING}),
                _shape("MultiPolygon", {"type": "array", "items": {"type": "array", "items": _RING}}),
                {
                    "type": "object",
                    "required": ["type", "geometries"],
                    "properties": {
                        "type": {"const": "GeometryCollection"},
                        "geometries": {"type": "array", "items": {"$ref": "#/$defs/geometry"}},
                    },
                },
            ],
        },
        "feature": {
            "type": "object",
            "required": ["type", "properties", "geometry"],
            "properties": {
                "type": {"const": "Feature"},
                "properties": {"type": ["object", "null"]},
                "geometry": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/geometry"}]},
                "id": {"type": ["number", "string"]},
            },
        },
        "collection": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": {"$ref": "#/$defs/feature"}}},
        },
    },
}

_ARCS = {"type": "array", "items": {"type": "integer"}}
_ARCS_OF = {
    "LineString": _ARCS,
    "MultiLineString": {"type": "array", "items": _ARCS},
    "Polygon": {"type": "array", "items": _ARCS},
    "MultiPolygon": {"type": "array", "items": {"type": "array", "items": _ARCS}},
}
# TopoJSON: a topology with objects and the arcs that they share.
TOPOJSON: dict[str, Any] = {
    "type": "object",
    "required": ["type", "objects", "arcs"],
    "properties": {
        "type": {"const": "Topology"},
        "objects": {"type": "object", "additionalProperties": {"$ref": "#/$defs/geometry"}},
        "arcs": {"type": "array", "items": _position(1)},
        "transform": {
            "type": "object",
            "required": ["scale", "translate"],
            "properties": {name: {**_position(0), "maxItems": 2} for name in ("scale", "translate")},
        },
        **_BOX,
    },
    "$defs": {
        "geometry": {
            "oneOf": [
                _shape("Point", _position(0)),
                _shape("MultiPoint", _position(1)),
                *(
                    {"type": "object", "required": ["type", "arcs"], "properties": {"type": {"const": name}, "arcs": arcs}}
                    for name, arcs in _ARCS_OF.items()
                ),
                {
                    "type": "object",
                    "required": ["type", "geometries"],
                    "properties": {
                        "type": {"const": "GeometryCollection"},
                        "geometries": {"type": "array", "items": {"$ref": "#/$defs/geometry"}},
                    },
                },
                {"type": "object", "required": ["type"], "properties": {"type": {"type": "null"}}},
            ],
        },
    },
}
