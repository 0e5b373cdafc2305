"""The page of import types: all of them, one in detail, and the editor, on a real workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from importer.access import Person
from importer.model import Severity, TypeForm, TypeRow, Violation
from importer.service import Importer
from pages.kinds import state, table
from pages.widgets import service
from tests.pages.test_pages_open import HOSTILE, open_page, primary_buttons, words, workspace  # noqa: F401

PRICES = "title: Price list\nfields:\n  - {name: sku, title: Article, type: string, constraints: {required: true}}\n  - {name: price, type: number}\n"
FILE = "sku,price\nA-1,12.5\n,5\nB-1,much\n"


@pytest.fixture
def importer(workspace: Path) -> Importer:  # noqa: F811
    return service.importer()


@pytest.fixture
def me(importer: Importer) -> Person:
    return importer.local_person()


def grid(at: AppTest, click: str | None = None, **edits: object) -> None:
    """Edits of the table of the editor, as a browser sends them with every run; and a click on a button below it."""
    draft = at.session_state[state._DRAFT]
    at.session_state[f"grid {draft.key} {draft.turn}"] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **edits}
    (at.button(key=click).click() if click else at).run()


def draft_file(importer: Importer, me: Person, tmp_path: Path, content: str = FILE, name: str = "prices.csv") -> int:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return importer.draft_from_path(me, path, "generic", "upload").id


def test_all_types_are_listed_with_their_size(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("types.py")
    assert not at.exception
    listed = at.dataframe[0].value
    row = listed[listed["name"] == "prices"].iloc[0]
    assert (row["title"], row["version"], row["fields"], row["rules"], row["records"], row["who"]) == ("Price list", "1", 2, 2, 0, "local")
    assert primary_buttons(at) == ["New type"]
    assert "customers" in list(listed["name"])


def test_a_team_without_types_is_told_how_to_make_one(importer: Importer) -> None:
    assert "Your team has no types of its own yet" in words(open_page("types.py"))


def test_a_bundled_type_is_shown_and_cannot_be_changed(importer: Importer) -> None:
    at = open_page("types.py", type="customers")
    assert not at.exception
    assert {"Edit", "Retire"}.isdisjoint(b.label for b in at.button)
    assert "CUST_EMAIL" in list(at.dataframe[1].value["code"])
    assert "cannot be changed" in words(open_page("types.py", edit="customers"))


@pytest.mark.parametrize("query", [{"type": "nosuch"}, {"edit": "nosuch"}, {"type": "../x"}, {"type": ""}])
def test_an_unknown_type_has_a_way_back(importer: Importer, query: dict[str, str]) -> None:
    at = open_page("types.py", **query)
    assert not at.exception
    assert "went wrong" not in words(at)


def test_a_change_in_the_table_becomes_the_next_version(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("types.py", type="prices")
    at.button(key="edit").click().run()
    edits = {"edited_rows": {1: {"minimum": "0", "message": "Is no price."}}, "added_rows": [{"field": "day", "type": "date"}]}
    grid(at, **edits)
    assert at.button(key="save").label == "Save as version 2"
    grid(at, click="save", **edits)
    assert not at.exception
    assert "Saved as version 2" in words(at)
    saved = yaml.safe_load(importer.type_document(me, "prices"))["fields"]
    assert (saved[1]["constraints"], saved[1]["violations"]["minimum"]["message"]) == ({"minimum": 0}, "Is no price.")
    assert saved[2] == {"name": "day", "type": "date"}
    assert [v.version for v in importer.type_versions(me, "prices")] == [2, 1]


def test_a_mistake_is_told_at_its_place_and_cannot_be_saved(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("types.py", edit="prices")
    grid(at, edited_rows={0: {"pattern": "["}})
    assert "field sku" in words(at)
    assert at.button(key="save").disabled
    grid(at, edited_rows={0: {"pattern": "[A-Z]"}})
    assert not at.button(key="save").disabled


def test_who_was_slower_is_told_and_keeps_the_edits(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("types.py", edit="prices")
    importer.save_type(Person("ann", frozenset({"lead"})), "prices", PRICES.replace("Article", "Item"))
    grid(at, edited_rows={1: {"required": True}})
    grid(at, click="save", edited_rows={1: {"required": True}})
    assert "ann saved version 2" in words(at)
    assert len(importer.type_versions(me, "prices")) == 2
    assert "Save as version 2" in [b.label for b in at.button]


def test_rules_are_tried_while_they_are_edited(importer: Importer, me: Person, tmp_path: Path) -> None:
    file = draft_file(importer, me, tmp_path)
    at = open_page("types.py", edit=state.NEW)
    at.session_state[state._DRAFT] = state.Draft(state.NEW, PRICES, "prices", 0, file)
    at.run()
    assert [m.value for m in at.metric] == ["3", "2", "2 of 2"]
    grid(at, edited_rows={1: {"severity": "warning"}})
    assert [m.value for m in at.metric] == ["3", "1", "2 of 2"]
    grid(at, click="save", edited_rows={1: {"severity": "warning"}})
    at.button(key="use").click().run()
    assert not at.exception
    assert importer.get(me, file).type == "prices"
    assert "3  Mapping" in words(at)


def test_the_document_can_be_changed_as_text(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("types.py", edit="prices")
    assert at.button(key="save").disabled
    at.text_area[0].set_value(PRICES + "missingValues: [n/a]\n").run()
    at.button(key="use_text").click().run()
    at.button(key="save").click().run()
    assert yaml.safe_load(importer.type_document(me, "prices"))["missingValues"] == ["n/a"]
    again = open_page("types.py", edit="prices")
    again.text_area[0].set_value("fields: {").run()
    again.button(key="use_text").click().run()
    assert "YAML" in words(again)


def test_a_type_is_retired_and_brought_back(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    importer.retire_type(me, "prices")
    at = open_page("types.py", type="prices")
    assert primary_buttons(at) == ["Bring back"]
    at.button(key="bring_back").click().run()
    assert "prices" in {t.name for t in importer.types(me)}
    assert primary_buttons(at) == ["Edit"]


def test_text_of_a_document_is_never_markdown(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", yaml.safe_dump({**yaml.safe_load(PRICES), "title": HOSTILE, "description": HOSTILE}))
    for query in ({"type": "prices"}, {"edit": "prices"}, {}):
        at = open_page("types.py", **query)
        assert not at.exception
        assert "evil.example" not in "".join(m.value for m in (*at.markdown, *at.caption, *at.title))


def test_own_types_are_offered_for_a_new_import(importer: Importer, me: Person) -> None:
    importer.save_type(me, "prices", PRICES)
    at = open_page("new_import.py", type="Price list")
    assert at.selectbox(key="type").value == "prices"
    assert "Try it with a sample" not in [b.label for b in at.button]


def test_a_draft_that_was_begun_takes_the_newest_rules(importer: Importer, me: Person, tmp_path: Path) -> None:
    importer.save_type(me, "prices", PRICES)
    file = draft_file(importer, me, tmp_path)
    importer.use_type(me, file, "prices")
    importer.keep_recipe(me, file, importer.suggest_recipe(me, file))
    importer.save_type(me, "prices", PRICES + "  - {name: day, type: date}\n")
    at = open_page("new_import.py", id=str(file))
    at.button(key="check").click().run()
    recipe = importer.get(me, file).recipe
    assert recipe is not None
    assert recipe.type_version == "2"


# The table, without Streamlit -----------------------------------------------------------------------------------------


def test_rows_of_the_table_are_rows_of_the_form_and_empty_ones_are_none() -> None:
    form = TypeForm("T", "", (TypeRow("a", "A", "integer", True, minimum="1", origin=0), TypeRow("b", enum=("x",), severity=Severity.WARNING, origin=1)))
    data = table.data_of(form)
    assert table.rows_of(data) == form.rows
    for column, cells in data.items():
        cells.append({"required": False, "unique": False, "type": "string", "severity": "error", "origin": float("nan")}.get(column))
    assert table.rows_of(data) == form.rows


def test_violations_are_grouped_by_rule_errors_first() -> None:
    def broken(line: int, code: str, severity: Severity) -> Violation:
        return Violation(line, line - 1, "c", "c", str(line), code, severity, "m", "h")

    found = table.findings_of([broken(2, "W", Severity.WARNING), broken(3, "E", Severity.ERROR), *(broken(n, "F", Severity.ERROR) for n in range(4, 9))])
    assert [(f.code, f.violations) for f in found] == [("F", 5), ("E", 1), ("W", 1)]
    assert found[0].examples == ((4, "4"), (5, "5"), (6, "6"))


@pytest.mark.parametrize(("title", "name"), [("Price list", "price_list"), ("2024 Übersicht!", "ubersicht"), ("???", ""), ("x" * 60, "x" * 40)])
def test_a_name_is_made_from_a_title(title: str, name: str) -> None:
    assert table.name_from(title) == name
