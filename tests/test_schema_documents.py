"""A document that is wrong is refused with the place and the reason; a check uses nothing outside its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import DeclarationError
from importer.schema import TypeSchema, check_references, read_schema, read_type

HEAD = "name: own\ntitle: Own\nversion: 1\n"


def schema(document: Mapping[str, Any], name: str = "own") -> TypeSchema:
    return read_schema(json.dumps(document), "own.json", name=name, title="Own", version="1")


def field(**more: Any) -> dict[str, Any]:
    return {"fields": [{"name": "f", **more}]}


def refused(document: Mapping[str, Any] | str) -> DeclarationError:
    with pytest.raises(DeclarationError) as raised:
        read_type(document, "own.yaml") if isinstance(document, str) else schema(document)
    assert raised.value.message.startswith(("own.yaml", "own.json"))
    assert raised.value.fix
    return raised.value


def limited(kind: str, **constraints: Any) -> dict[str, Any]:
    return field(type=kind, constraints=constraints)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "not JSON"), ("a: [", "not YAML"), ("- a", "holds a list"), ("x", "holds a text"), ("", "holds nothing"), ("a: 2024-99-99", "not YAML"),
        ("? [a]\n: b", "not YAML"), ("!!python/object/apply:os.system ['true']", "not YAML"), ("a: \x00", "not YAML"),
        ("[" * 5000, "too large or too deep|not JSON"), ('{"a":' * 5000 + "1" + "}" * 5000, "too large or too deep"), ("a: " + "[" * 60 + "]" * 60, "too deep"),
        ("a: &a [*a]", "or itself"), ("a: *b", "names nothing before it"),
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)), "too large"),
        ("a: " + "x" * 1_000_001, "larger than"),
        ("fields: []", "name is missing"), ("name: own\nfields: []", "title is missing"), ("name: own\ntitle: Own\nfields: []", "version is missing"),
        (HEAD, "fields is missing"), (HEAD + "fields: []", "has no fields"), (HEAD + "fields: {a: 1}", "fields must be a list"),
        (HEAD + "fields: [a]", "list of objects"), (HEAD + "fields: [{title: a}]", "field 1: name is missing"),
        (HEAD + "fields: [{name: [a]}]", "name must be a text"), (HEAD.replace("own", "o w n") + "fields: [{name: a}]", "not plain"),
        (HEAD + "fields: [{name: a}]\nchecks: 1", "checks must be a list"), (HEAD + "fields: [{name: a}]\nopen: x", "open must be an object"),
        (HEAD + "fields: [{name: a}]\nidentity: {precedence: [b], duplicate: {code: A, message: b, hint: c}}", "unknown field b"),
        (HEAD + "fields: [{name: a}]\nidentity: {precedence: [a]}", "code is missing"),
        (HEAD + "fields: [{name: a, type: integer}]\nidentity: {precedence: [a], caseless: [a], duplicate: {code: A, message: b, hint: c}}", "which is no text"),
        (HEAD + "fields: [{name: a, type: list}]\nidentity: {precedence: [a], duplicate: {code: A, message: b, hint: c}}", "which is a list"),
        (HEAD + "fields: [{name: a}]\nidentity: {duplicate: {code: A, message: b, hint: c}}", "precedence is missing"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_type_document_is_refused(document: str, reason: str) -> None:
    assert refused(document)
    with pytest.raises(DeclarationError, match=reason):
        read_type(document, "own.yaml")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (field(type="text"), "field f: unknown type text"), (field(type=3), "unknown type 3"), (field(type=[]), "type must be a text"),
        (field(type="string", format="ipv4"), "unknown format ipv4"), (field(type="integer", format="x"), "unknown format x"),
        (field(type="date", format="%Q"), "%Q cannot be used"), (field(type="date", format="%d.%m"), "needs one of %Y %y"),
        (field(type="date", format="%Y-%m-%d %H:%M"), "%H cannot be used in a date"), (field(type="time", format="%I:%M"), "%I needs %p"),
        (field(type="datetime", format="%Y-%m-%d %H"), "needs one of %M"), (field(type="datetime", format="%c"), "%c cannot be used"),
        (field(type="date", format="%Y %m %b %d"), "same part twice"), (field(type="datetime", format="%Y-%m-%d %H:%M:%f"), "%f cannot be used"),
        (limited("string", minimum=1), "minimum does not fit the type string"), (limited("integer", pattern="a"), "pattern does not fit"),
        (limited("integer", maxLength=1), "maxLength does not fit"), (limited("boolean", minimum=1), "minimum does not fit"),
        (limited("any", pattern="a"), "pattern does not fit"), (limited("string", jsonSchema={}), "jsonSchema does not fit"),
        (limited("string", size=1), "unknown constraint size"), (field(constraints=[]), "constraints must be an object"),
        (limited("string", required="yes"), "required must be true or false"), (limited("string", unique=1), "unique must be true or false"),
        (limited("string", minLength="2"), "minLength must be a whole number"), (limited("string", minLength=True), "minLength must be a whole number"),
        (limited("string", minLength=-1), "below zero"), (limited("string", maxLength=2**70), "thousand million"), (limited("string", minLength=3, maxLength=2), "so that no value fits"),
        (limited("string", pattern=1), "pattern must be a text"), (limited("string", pattern="("), "unclosed group"),
        (limited("string", pattern="a)|(b"), "unopened group"), (limited("string", pattern="(?=a)b"), "look-around or a back-reference"),
        (limited("string", pattern=r"(a)\1"), "look-around or a back-reference"), (limited("string", pattern=r"\w{9999}"), "too large"),
        (limited("string", pattern="(a{1000}){1000}"), "too large"), (limited("string", pattern="a" * 10_001), "longer than"),
        (limited("string", pattern="(?x)a # b"), "unclosed group"),
        (limited("date", minimum="2024-02-30"), "minimum is '2024-02-30', which is no date"), (limited("integer", maximum="x"), "which is no integer"),
        (limited("integer", maximum=1.5), "which is no integer"), (limited("integer", maximum=True), "which is no integer"),
        (limited("integer", maximum=2**70), "which is no integer"), (limited("number", maximum="nan"), "which is no number"),
        (limited("time", maximum="25:00:00"), "which is no time"), (limited("datetime", maximum="now"), "which is no datetime"),
        (limited("year", maximum="99999"), "which is no year"), (limited("yearmonth", maximum="2024-13"), "which is no yearmonth"),
        (limited("duration", maximum="P"), "which is no duration"), (limited("integer", minimum=[1]), "which is no integer|must be one value"),
        (limited("integer", minimum=3, maximum=2), "no value fits"), (limited("date", minimum="2024-01-02", exclusiveMaximum="2024-01-01"), "no value fits"),
        (limited("duration", minimum="P2Y", maximum="P1D"), "no value fits"),
        (limited("string", enum=[]), "at least one value"), (limited("string", enum="a"), "at least one value"), (limited("string", enum=[True]), "no text"),
        (limited("integer", enum=["x"]), "no integer"), (limited("string", enum=[{}]), "no text"), (limited("boolean", enum=["maybe"]), "no boolean"),
        (limited("object", enum=["x"]), "no object"), (limited("array", enum=["{}"]), "no array"), (limited("date", enum=[{}]), "must be one value|no date"),
        (limited("string", enumFrom="iso"), "unknown enumFrom"),
        (field(type="boolean", trueValues=["1"], falseValues=["1"]), "for true and for false"), (field(type="boolean", trueValues="x"), "trueValues must be a list"),
        (field(type="boolean", trueValues=[True]), "list of texts"), (field(type="number", decimalChar=",", groupChar=","), "must be different"),
        (field(type="number", groupChar="1"), "must be different"), (field(type="number", decimalChar=""), "must be different"),
        (field(type="number", bareNumber="no"), "bareNumber must be true or false"), (field(type="list", itemType="object"), "unknown itemType object"),
        (field(type="list", delimiter="", itemType="integer"), "itemType cannot be another"),
        (field(missingValues="x"), "missingValues must be a list"), (field(missingValues=[1]), "list of texts"),
        (field(missingValues=["a", "a"]), "twice"), (field(missingValues=[{"label": "x"}]), "list of texts"),
        (field(type="number", categories=[1]), "categories do not fit"), (field(type="string", categories=["a", "a"]), "different values"),
        (field(type="string", categories=[]), "different values"), (field(type="string", categories=[{"label": "a"}]), "different values"),
        (field(type="string", categoriesOrdered=True), "without categories"),
        (field(type="string", categories=["a"], constraints={"enum": ["b"]}), "none of the categories"),
        (field(type="integer", categories=["x"]), "no integer"),
        (field(repairs=[{"do": "guess"}]), "unknown repair guess"), (field(violations={"size": {}}), "unknown violation size"),
        (field(violations={"type": {"code": "A"}}), "message is missing"), (field(characters="["), "characters: the pattern cannot be read"),
        (field(quick="(?<=a)"), "look-around"), (field(suspects=["zz"]), "not hexadecimal"),
        ({"fields": [{"name": "a"}, {"name": "A"}]}, "the field a stands twice"), ({"fields": [{"name": "_id"}]}, "used by the importer itself"),
        ({"fields": [{"name": "_Import"}]}, "used by the importer itself"), ({"fields": [{"name": "a\nb"}]}, "invisible"),
        ({"fields": [{"name": "x" * 201}]}, "more than 200"), ({"fields": [{"name": " a"}]}, "space at an end"),
        ({"fields": [{"name": f"f{i}"} for i in range(2001)]}, "2,001 fields"),
        ({**field(), "fieldsMatch": "loose"}, "unknown fieldsMatch loose"), ({**field(), "fieldsMatch": ["equal", "exact"]}, "unknown fieldsMatch"),
        ({**field(), "primaryKey": "g"}, "primaryKey names the unknown field g"), ({**field(), "primaryKey": []}, "names no field"),
        ({**field(), "primaryKey": ["f", "f"]}, "a field twice"), ({**field(), "primaryKey": 1}, "primaryKey must be a list"),
        ({**field(), "uniqueKeys": []}, "uniqueKeys is empty"), ({**field(), "uniqueKeys": [["f", "g"]]}, "unknown field g"),
        ({**field(), "foreignKeys": [{"fields": "f"}]}, "1 fields refer to 0"), ({**field(), "foreignKeys": ["f"]}, "list of objects"),
        ({**field(), "foreignKeys": [{"fields": ["g"], "reference": {"fields": ["g"]}}]}, "unknown field g"),
        ({**field(), "foreignKeys": [{"fields": ["f"], "reference": {"fields": ["a", "b"], "resource": "x"}}]}, "1 fields refer to 2"),
        ({**field(), "foreignKeys": [{"fields": ["f"], "reference": {"fields": ["g"]}}]}, "unknown field g"),
        ({**field(), "foreignKeys": [{"fields": ["f"], "reference": {"fields": ["g"], "package": "x", "resource": "y"}}]}, "package is not supported"),
        (limited("object", jsonSchema={"type": "thing"}), "no JSON Schema"), (limited("object", jsonSchema="x"), "jsonSchema must be an object"),
        (limited("object", jsonSchema={"$ref": "https://example.com/a.json"}), "nothing is fetched"),
        (limited("object", jsonSchema={"$ref": "#/$defs/a"}), "not there"), (limited("object", jsonSchema={"$ref": "#"}), "without end"),
        (limited("object", jsonSchema={"pattern": "(?=a)"}), "look-around"), (limited("array", jsonSchema={"patternProperties": {}}), "patternProperties"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_its_place(document: dict[str, Any], reason: str) -> None:
    assert refused(document)
    with pytest.raises(DeclarationError, match=reason):
        schema(document)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda c: st.lists(c, max_size=3) | st.dictionaries(
    st.sampled_from(["name", "title", "version", "fields", "type", "format", "constraints", "checks", "enum", "minimum", "primaryKey", "foreignKeys", "pattern",
                     "missingValues", "categories", "identity", "open", "broken", "uniqueKeys", "reference", "violations", "repairs", "jsonSchema"]), c, max_size=6),
    max_leaves=12))  # fmt: skip
def test_no_document_ends_in_anything_but_a_refusal(document: Any) -> None:
    given_ = {"fields": [{"name": "a", **document}], **document} if isinstance(document, dict) else document
    refusal = "own.json"
    try:
        read_schema(json.dumps(given_), "own.json", name="own", title="Own", version="1")
    except DeclarationError as error:
        refusal = error.message
    assert "own.json" in refusal


CHECKED = {"fields": [{"name": "a", "type": "string"}, {"name": "n", "type": "integer"}, {"name": "d", "type": "date"}, {"name": "x.y", "type": "number"}]}


def with_check(broken: str) -> dict[str, Any]:
    fields = [f["name"] for f in CHECKED["fields"]]
    return {**CHECKED, "checks": [{"code": "C", "message": "m.", "hint": "h.", "fields": fields, "broken": broken}]}


@pytest.mark.parametrize(
    "broken",
    [
        "a IS NULL AND n > 3", "LOWER(a) = 'x' OR n IN (1, 2)", "d > _today", "d < DATE '2024-01-01'", 'n BETWEEN 1 AND 2 AND "x.y" IS NOT NULL',
        "a LIKE 'x%' OR a ILIKE '%Y'", "CASE WHEN n = 1 THEN TRUE ELSE FALSE END", "n % 2 = 0", "n * 2 - 1 <> n / 2", "REGEXP_LIKE(a, '^[a-z]+$')",
        "COALESCE(a, 'z') = 'z'", "NULLIF(n, 0) IS NULL", "ABS(n) > ROUND(\"x.y\", 1)", "TRY_CAST(a AS BIGINT) > 3", "DATE_PART('year', d) = 2024",
        "LENGTH(TRIM(a)) > 3", "SUBSTR(a, 1, 2) = 'it''s'", "STARTS_WITH(a, 'x') AND NOT ENDS_WITH(a, 'y')", "a || 'x' = 'yx'", "a IS DISTINCT FROM 'x'",
        "d + INTERVAL '1 day' > _today", "GREATEST(n, 1) = LEAST(n, 2)", "CONCAT(a, 'x') = REPLACE(a, 'x', 'y')", "STRPOS(a, 'x') > 0",
    ],
)  # fmt: skip
def test_a_check_within_the_vocabulary_is_taken(broken: str) -> None:
    assert schema(with_check(broken)).checks[0].broken == broken


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("n IN (SELECT 1)", "SELECT is not allowed"), ("EXISTS (SELECT 1)", r"EXISTS\(...\) is not allowed"), ("read_csv('x') IS NULL", r"read_csv\(...\)"),
        ("READ_PARQUET('x') IS NULL", r"READ_PARQUET\(...\)"), ("COUNT(*) > 1", r"COUNT\(...\)"), ("SUM(n) > 1", r"SUM\(...\)"), ("n = 1 -- x", "-- is not allowed"),
        ("n = 1; n = 2", "; is not allowed"), ("n = 1 /* x */", r"/\* is not allowed"), ("CAST(a AS BIGINT) = 1", r"CAST\(...\)"), ("DATE(a) > _today", r"DATE\(...\)"),
        ("TRY_CAST(a AS DATE) > _today", "AS is not allowed"), ("a::int = 1", ": is not allowed"), ("a ~ 'x'", "~ is not allowed"), ("m = 1", "m is not allowed"),
        ('"m" = 1', "does not name in `fields`"), ("ROW_NUMBER() OVER (ORDER BY n) = 1", r"ROW_NUMBER\(...\)"), ("a RLIKE 'x'", "RLIKE before a text"),
        ("getenv('HOME') = 'x'", r"getenv\(...\)"), ("a = E'x'", "E before a text"), ("a = $1", r"\$ is not allowed"), ("COLUMNS('.*') IS NULL", r"COLUMNS\(...\)"),
        ("n FROM self", "FROM is not allowed"), ("DISTINCT n", "DISTINCT is not allowed"), ("REGEXP_LIKE('x', a)", "must be a text in quotes"),
        ("REGEXP_LIKE(a, '(?=x)')", "look-around"), ("REGEXP_LIKE(a, 'x', 'i')", "two values"), ("REGEXP_LIKE(a)", "two values"), ("n + 1", "neither true nor false"),
        ("n = 'x'", "cannot be judged"), ("d > '2024-01-01'", "cannot be judged"), ("SUBSTR(a, 1, n) = 'x'", "cannot be judged"), ("n =", "cannot be judged"),
        ("LOWER(", "cannot be judged"), ("ROUND(n, n) = 1", "cannot be judged"), ("A = 'x'", 'find column "A"'), ("n = 1 " + "AND n = 1 " * 400, "longer than"),
        ("(" * 60 + "n = 1" + ")" * 60, "deeper than"), ("NOT " * 100 + "n = 1", "cannot be judged"), ("a LIKE a", "cannot be judged"),
    ],
)  # fmt: skip
def test_a_check_outside_the_vocabulary_is_refused_by_name(broken: str, what: str) -> None:
    error = refused(with_check(broken))
    assert "check C" in error.message
    with pytest.raises(DeclarationError, match=what):
        schema(with_check(broken))
    if "is not allowed" in error.message:
        assert "REGEXP_LIKE" in error.fix


def test_a_check_names_its_fields() -> None:
    check = {"code": "C", "message": "m.", "hint": "h.", "broken": "n = 1"}
    assert "fields is missing" in refused({**CHECKED, "checks": [check]}).message
    assert "unknown field q" in refused({**CHECKED, "checks": [{**check, "fields": ["q"]}]}).message
    assert "n is not allowed" in refused({**CHECKED, "checks": [{**check, "fields": ["a"]}]}).message


def test_json_and_yaml_say_the_same() -> None:
    text = HEAD + "fields:\n  - {name: a, type: integer, constraints: {minimum: 2}}\n"
    same = {"name": "own", "title": "Own", "version": 1, "fields": [{"name": "a", "type": "integer", "constraints": {"minimum": 2}}]}
    assert read_type(text, "x") == read_type(json.dumps(same), "x") == read_type("\ufeff" + json.dumps(same), "x")


def test_keys_are_read_with_words_of_their_own() -> None:
    own = schema(
        {
            "fields": [{"name": "a", "title": "Number"}, {"name": "b"}, {"name": "c", "constraints": {"unique": True}}],
            "primaryKey": "a",
            "uniqueKeys": [["a", "b"], ["c"]],
            "foreignKeys": [{"fields": "b", "reference": {"resource": "", "fields": "a"}}, {"fields": ["c"], "reference": {"resource": "other", "fields": ["d"]}}],
        }
    )
    assert [(u.fields, u.primary, u.wording.code) for u in own.unique] == [
        (("a",), True, "PRIMARY_KEY"), (("a", "b"), False, "UNIQUE"), (("c",), False, "UNIQUE"),
    ]  # fmt: skip
    assert own.unique[0].wording.detail.format(line=7) == "The same Number stands in line 7 already."
    assert [f.required for f in own.fields] == [True, False, False]
    assert [(k.fields, k.type_name, k.target_fields, k.wording.code) for k in own.foreign_keys] == [
        (("b",), "own", ("a",), "FOREIGN_KEY"), (("c",), "other", ("d",), "FOREIGN_KEY"),
    ]  # fmt: skip
    assert all("unique" not in (f.constraints or {}) for f in own.fields)


def referring(name: str, *targets: str) -> TypeSchema:
    keys = [{"fields": ["f"], "reference": {"resource": t, "fields": ["f"]}} for t in targets]
    return schema({**field(), "foreignKeys": keys}, name)


def test_types_must_not_refer_to_each_other_in_a_circle() -> None:
    check_references({"a": referring("a", "a", "b"), "b": referring("b", "c"), "c": referring("c")})
    with pytest.raises(DeclarationError, match="a → b → c → a"):
        check_references({"a": referring("a", "b"), "b": referring("b", "b", "c"), "c": referring("c", "a")})
    with pytest.raises(DeclarationError, match="b, which is no type"):
        check_references({"a": referring("a", "b")})
    with pytest.raises(DeclarationError, match="field f, which b does not have"):
        check_references({"a": referring("a", "b"), "b": schema({"fields": [{"name": "g"}]}, "b")})
