"""Columns find their fields by name, and a mapping that cannot work says why."""

import json

import pytest

from importer import mapping
from importer.errors import MappingProblem, RequiredFieldUnmapped
from importer.model import ColumnMap, Dialect, Recipe
from importer.schema import find_type, read_schema

CUSTOMERS = find_type("customers")
GENERIC = find_type("generic")


def suggested(*names: str) -> dict[str, str | None]:
    return {m.column: m.field for m in mapping.suggest(CUSTOMERS, names, names)}


def issues(*pairs: tuple[str, str | None] | ColumnMap, custom: dict[str, str] | None = None) -> list[tuple[str, bool]]:
    maps = tuple(p if isinstance(p, ColumnMap) else ColumnMap(*p) for p in pairs)
    recipe = Recipe("customers", "1", Dialect(), maps)
    found = mapping.issues(CUSTOMERS, recipe, [m.column for m in maps], custom)
    return [(i.code, i.blocking) for i in found]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("email", "email"), ("E-Mail", "email"), ("EMAIL_ADDRESS", "email"), ("Customer ID", "customId"), ("first name", "firstName"),
        ("Vorname", "firstName"), ("birthDate", "birthDate"), ("DOB", "birthDate"), ("newsletter", "agreements.email"),
        ("agreements.sms", "agreements.sms"), ("Country", "countryCode"), ("zip", "zipCode"),
    ],
)  # fmt: skip
def test_a_column_finds_its_field_by_name_title_or_synonym(name: str, field: str) -> None:
    assert suggested(name) == {name: field}


def test_an_exact_name_goes_before_a_synonym() -> None:
    assert suggested("mail", "email") == {"mail": "attributes.mail", "email": "email"}


def test_what_is_left_becomes_an_attribute_with_a_clean_name() -> None:
    assert suggested("email", "Shoe size (EU)", "attributes.colour") == {
        "email": "email", "Shoe size (EU)": "attributes.Shoe_size_EU", "attributes.colour": "attributes.colour",
    }  # fmt: skip


def test_a_reserved_name_is_left_out_and_not_silently() -> None:
    assert suggested("email", "status") == {"email": "email", "status": None}
    assert issues(("email", "email"), ("status", None)) == [("MAPPING_PROBLEM", False)]


def test_columns_of_our_own_downloads_are_not_data() -> None:
    names = ("email", "_errors")
    assert [m.field for m in mapping.suggest(CUSTOMERS, names, ("email", "_errors_2"))] == ["email", None]


def test_any_table_keeps_its_names_but_not_those_of_the_destination() -> None:
    names = ("a", "_id", "Ünïcode")
    assert [m.field for m in mapping.suggest(GENERIC, names, names)] == ["a", "_id_", "Ünïcode"]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("city", "city")], "MAPPING_REQUIRED"),
        ([("email", "email"), ("x", "nosuchfield")], "MAPPING_UNKNOWN_FIELD"),
        ([("email", "email"), ("x", "attributes.status")], "ATTR_RESERVED"),
        ([("email", "email"), ("x", "attributes.soft\u00adhyphen")], "ATTR_NAME_CHARS"),
        ([("email", "email"), ("mail", "email")], "MAPPING_PROBLEM"),
        ([("email", "email"), ("x", "attributes.")], "MAPPING_UNKNOWN_FIELD"),
    ],
)
def test_a_mapping_that_cannot_work_is_blocked(pairs: list[tuple[str, str]], code: str) -> None:
    assert (code, True) in issues(*pairs)


def test_several_columns_may_hold_tags() -> None:
    assert issues(("email", "email"), ("t1", "tags"), ("t2", "tags")) == []


def test_an_attribute_keeps_the_data_type_it_was_loaded_with() -> None:
    pair = ColumnMap("size", "attributes.size", "integer")
    assert issues(("email", "email"), pair, custom={"attributes.size": "integer"}) == []
    assert issues(("email", "email"), pair, custom={"attributes.size": "string"}) == [("MAPPING_PROBLEM", True)]


def test_the_first_blocking_issue_is_raised_with_its_code() -> None:
    recipe = Recipe("customers", "1", Dialect(), (ColumnMap("city", "city"),))
    with pytest.raises(RequiredFieldUnmapped, match="who a record is about"):
        mapping.demand(mapping.issues(CUSTOMERS, recipe, ["city"]))
    recipe = Recipe("customers", "1", Dialect(), (ColumnMap("e", "email"), ColumnMap("s", "attributes.status")))
    with pytest.raises(MappingProblem) as raised:
        mapping.demand(mapping.issues(CUSTOMERS, recipe, ["e", "s"]))
    assert raised.value.code == "ATTR_RESERVED"


OWN = {"fields": [{"name": "a"}, {"name": "b"}, {"name": "c", "constraints": {"required": True}}]}


def matched(rule: str | None, columns: str, open_type: bool = False) -> list[str]:
    """The codes of what blocks a file with these columns, mapped by name, for a type with the fields a, b and c."""
    document = {**OWN, **({"fieldsMatch": rule} if rule else {}), **({"open": {"prefix": "x."}} if open_type else {})}
    own = read_schema(json.dumps(document), "own.json", name="own", title="Own", version="1")
    names = columns.split()
    recipe = Recipe("own", "1", Dialect(), mapping.suggest(own, names, names))
    return sorted(i.code for i in mapping.issues(own, recipe, names) if i.blocking)


@pytest.mark.parametrize(
    ("rule", "columns", "codes"),
    [
        (None, "c", []), (None, "x c", []), ("exact", "a b c", []), ("exact", "b a c", ["MAPPING_COLUMN_ORDER"]), ("exact", "a c", ["MAPPING_MISSING_COLUMN"]),
        ("exact", "a b c d", ["MAPPING_EXTRA_COLUMN"]), ("equal", "c b a", []), ("equal", "c a d", ["MAPPING_EXTRA_COLUMN", "MAPPING_MISSING_COLUMN"]),
        ("subset", "d c b a", []), ("subset", "c b", ["MAPPING_MISSING_COLUMN"]), ("subset", "a b", ["MAPPING_REQUIRED"]), ("superset", "c a", []),
        ("superset", "c d", ["MAPPING_EXTRA_COLUMN"]), ("partial", "c d", []), ("partial", "c", []),
        ("partial", "d", ["MAPPING_MISSING_COLUMN", "MAPPING_REQUIRED", "MAPPING_REQUIRED"]), ("exact", "a b c _errors", []),
    ],
)  # fmt: skip
def test_the_columns_match_the_fields_as_the_type_says(rule: str | None, columns: str, codes: list[str]) -> None:
    assert matched(rule, columns) == codes


def test_a_custom_field_is_no_field_of_the_type_for_the_match() -> None:
    assert matched("superset", "c d", open_type=True) == ["MAPPING_EXTRA_COLUMN"]
    assert matched("subset", "a b c d", open_type=True) == []


def test_only_a_list_of_several_columns_takes_several_columns() -> None:
    document = {"fields": [{"name": "a", "type": "list"}, {"name": "b", "type": "list", "delimiter": ""}]}
    own = read_schema(json.dumps(document), "own.json", name="own", title="Own", version="1")
    for field, blocked in (("a", 2), ("b", 0)):
        recipe = Recipe("own", "1", Dialect(), (ColumnMap("x", field), ColumnMap("y", field)))
        assert sum(i.blocking for i in mapping.issues(own, recipe, ["x", "y"])) == blocked
