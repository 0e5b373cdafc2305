"""The mapping table and the address say the same as the recipe."""

from __future__ import annotations

import pytest

from importer.model import ColumnMap, Dialect, FieldInfo, MappingIssue, Recipe, TypeInfo
from pages.steps import plan

FIELDS = (FieldInfo("id", "Id", "string", True, ""), FieldInfo("email", "E-mail", "string", False, ""))
KIND = TypeInfo("t", "T", "1", "", FIELDS, one_of=("email", "phone"), open=True, open_prefix="attributes.")
RECIPE = Recipe(
    "t",
    "1",
    Dialect(),
    (ColumnMap("no", "id"), ColumnMap("mail", "email"), ColumnMap("points", "attributes.points", "integer"), ColumnMap("x")),
)


def test_table_and_recipe_are_the_same_in_both_directions() -> None:
    rows = plan.rows_of(RECIPE, KIND)
    assert rows["field"] == ["id", "email", plan.NEW, plan.SKIP]
    assert rows["name"] == [None, None, "points", None]
    assert plan.recipe_of(RECIPE, KIND, rows) == RECIPE


def test_a_new_attribute_without_a_name_is_called_as_its_column() -> None:
    rows = plan.rows_of(RECIPE, KIND)
    rows["field"][3], rows["name"][3] = plan.NEW, "  "
    assert plan.recipe_of(RECIPE, KIND, rows).mapping[3] == ColumnMap("x", "attributes.x", "string")


def test_a_cell_that_was_emptied_leaves_the_column_out() -> None:
    rows = plan.rows_of(RECIPE, KIND)
    rows["field"][0] = None
    assert plan.recipe_of(RECIPE, KIND, rows).mapping[0] == ColumnMap("no")


def test_a_type_that_is_not_open_offers_no_new_attribute() -> None:
    closed = TypeInfo("t", "T", "1", "", FIELDS)
    assert list(plan.field_options(closed)) == [plan.SKIP, "id", "email"]
    assert plan.field_options(KIND)[plan.NEW] == "New attribute…"


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(),
        Dialect(encoding="cp1252", delimiter="\t", quote=None, escape="backslash"),
        Dialect(delimiter=";", header=False, header_line=0),
        Dialect(delimiter="|", header_line=4),
    ],
)
def test_a_dialect_survives_the_address(dialect: Dialect) -> None:
    assert plan.dialect_from_text(plan.dialect_to_text(dialect), Dialect()) == dialect


@pytest.mark.parametrize("text", ["", "utf-8", 'utf-8~,~"~triple~1', 'utf-8~,,~"~double~1', 'utf-8~,~""~double~1', "a~b~c~double~x"])
def test_an_address_that_names_no_dialect_is_ignored(text: str) -> None:
    assert plan.dialect_from_text(text, Dialect()) is None


def test_an_unusual_detected_value_can_be_kept() -> None:
    assert plan.choices(plan.DELIMITERS, "^")["^"] == "^"
    assert plan.choices(plan.QUOTES, None) == plan.QUOTES


def test_the_checklist_ticks_off_what_is_mapped() -> None:
    lines = plan.checklist(RECIPE, KIND, ())
    assert lines == [plan.Check("id", True), plan.Check("one of email, phone", True)]


def test_the_checklist_does_not_say_twice_what_is_missing() -> None:
    empty = Recipe("t", "1", Dialect(), (ColumnMap("no"),))
    issues = (
        MappingIssue("Id is required.", True, None, "id", "MAPPING_REQUIRED"),
        MappingIssue("One of the identifiers is required.", True, None, "email", "MAPPING_REQUIRED"),
        MappingIssue("Two columns go into one field.", True, "a", "email"),
        MappingIssue("The column no is not imported.", False, "no"),
    )
    assert plan.checklist(empty, KIND, issues) == [
        plan.Check("id", False),
        plan.Check("one of email, phone", False),
        plan.Check("Two columns go into one field.", False),
        plan.Check("The column no is not imported.", None),
    ]


def test_many_remarks_are_counted_and_not_listed() -> None:
    issues = tuple(MappingIssue(f"remark {n}", False) for n in range(2000))
    lines = plan.checklist(RECIPE, KIND, issues)
    assert lines[-1].text == f"{2000 - plan.MOST_REMARKS:,} more remarks"
    assert not plan.blocked(issues)
