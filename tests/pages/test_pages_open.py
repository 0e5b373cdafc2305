"""Every page opens on a real workspace, in each of its states, and never shows a trace."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from importer.model import Import, Status
from importer.service import Importer
from pages.steps.plan import dialect_to_text
from pages.widgets import service
from pages.widgets.results import place

ROOT = Path(__file__).resolve().parents[2]
SHELL = ROOT / "pages" / "shell.py"
PAGES = ("imports.py", "new_import.py", "data.py", "pools.py", "import_details.py")
HOSTILE = "![x](http:evil.example) **b** $x$.csv"
OpenPage = Callable[..., AppTest]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPORTER_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


def open_page(page: str = "imports.py", **query: str) -> AppTest:
    """A page as a browser gets it that opens its address without having been anywhere before."""
    at = AppTest.from_file(str(SHELL), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    if page != "imports.py":
        at.switch_page(page)
    return at.run()


def words(at: AppTest) -> str:
    """All that is written on a page."""
    return "\n".join(str(e.value) for kind in (at.title, at.markdown, at.text, at.caption) for e in kind)


def address(at: AppTest, name: str) -> str:
    """A parameter of the address."""
    value = at.query_params[name]
    return value if isinstance(value, str) else value[0]


def primary_buttons(at: AppTest) -> list[str]:
    return [b.label for b in at.button if b.proto.type == "primary"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_workspace(workspace: Path, page: str) -> None:
    at = open_page(page)
    assert not at.exception
    assert "went wrong" not in words(at)
    assert len(primary_buttons(at)) <= 1


def test_the_first_visit_is_a_welcome_with_a_way_to_try_it(workspace: Path) -> None:
    at = open_page()
    assert "Bring in your first file" in words(at)
    assert primary_buttons(at) == ["New import"]
    assert "Try it with a sample" in [b.label for b in at.button]


def test_a_sample_shows_its_preview_and_can_be_checked(workspace: Path) -> None:
    at = open_page("new_import.py")
    at.button(key="sample").click().run()
    assert not at.exception
    assert address(at, "id").isdigit()
    assert "3  Mapping" in words(at)
    assert primary_buttons(at) == ["Check all records"]


def test_a_mapping_without_an_identifier_cannot_be_checked(workspace: Path) -> None:
    draft = service.importer().draft_sample(service.importer().local_person())
    at = open_page("new_import.py", id=str(draft.id))
    recipe = service.importer().suggest_recipe(service.importer().local_person(), draft.id)
    key = f"mapping {draft.id} {dialect_to_text(recipe.dialect)}"
    rows = {n: {"field": "(not imported)"} for n in range(len(recipe.mapping))}
    at.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    at.run()
    assert at.button(key="check").disabled
    assert "Complete the mapping first" in words(at)


def test_a_correction_of_the_dialect_stays_in_the_address(workspace: Path) -> None:
    draft = service.importer().draft_sample(service.importer().local_person())
    at = open_page("new_import.py", id=str(draft.id))
    at.selectbox(key=f"delimiter {draft.id}").select(";").run()
    assert "~;~" in address(at, "read_as")
    again = open_page("new_import.py", id=str(draft.id), read_as=address(at, "read_as"))
    assert again.selectbox(key=f"delimiter {draft.id}").value == ";"


def test_another_file_throws_the_draft_away(workspace: Path) -> None:
    draft = service.importer().draft_sample(service.importer().local_person())
    at = open_page("new_import.py", id=str(draft.id))
    at.button(key="other").click().run()
    assert "1  Type and file" in words(at)
    assert "id" not in at.query_params


def test_a_file_name_is_text_and_never_markdown(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / HOSTILE
    path.write_text("email,![c](http://evil.example/c.png)\nann@example.com,![v](http://evil.example/v.png)\n", encoding="utf-8")
    draft = service.importer().draft_from_path(service.importer().local_person(), path, "customers", "upload")
    at = open_page("new_import.py", id=str(draft.id))
    assert not at.exception
    assert HOSTILE in [t.value for t in at.text]
    assert "evil.example" not in "".join(m.value for m in (*at.markdown, *at.caption, *at.title))


@pytest.mark.parametrize("content", [b"\n\n\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40])
def test_a_file_that_holds_no_records_is_explained_in_place(workspace: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    draft = service.importer().draft_from_path(service.importer().local_person(), path, "customers", "upload")
    at = open_page("new_import.py", id=str(draft.id))
    assert not at.exception
    assert words(at).count(":red[:material/error:]") == 1
    assert "Reference" not in words(at)
    assert "Check all records" not in [b.label for b in at.button]


@pytest.mark.parametrize("query", [{}, {"id": "999"}, {"id": "x"}, {"id": "-1"}, {"id": "9" * 40}])
def test_an_unknown_import_has_a_way_back(workspace: Path, query: dict[str, str]) -> None:
    at = open_page("import_details.py", **query)
    assert "This import cannot be shown" in words(at)
    assert primary_buttons(at) == ["All imports"]


def test_a_fault_of_ours_is_a_reference_and_never_a_trace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("internal detail")

    monkeypatch.setattr(Importer, "summary", broken)
    at = open_page()
    assert not at.exception
    assert "Something went wrong on our side" in words(at)
    assert "Reference " in words(at)
    assert "internal detail" not in words(at)


# One import that was loaded, for all tests below.


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Import]:
    """The sample, loaded with its rejections; the environment names its workspace for as long as the module runs."""
    before = os.environ.get("IMPORTER_WORKSPACE")
    os.environ["IMPORTER_WORKSPACE"] = str(tmp_path_factory.mktemp("loaded"))
    importer = service.importer()
    person = importer.local_person()
    importer.start_worker()
    try:
        draft = importer.draft_sample(person)
        importer.run(person, draft.id, importer.suggest_recipe(person, draft.id))
        yield wait_until_done(importer, draft.id)
    finally:
        importer.stop_worker()
        if before is None:
            del os.environ["IMPORTER_WORKSPACE"]
        else:
            os.environ["IMPORTER_WORKSPACE"] = before


def wait_until_done(importer: Importer, import_id: int) -> Import:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        item = importer.get(importer.local_person(), import_id)
        if not item.is_running:
            return item
        time.sleep(0.1)
    raise AssertionError("the import did not end within a minute")


def test_the_list_shows_what_was_loaded(loaded: Import) -> None:
    at = open_page()
    assert not at.exception
    table = at.dataframe[0].value
    assert list(table["file"]) == [loaded.source.name]
    assert list(table["rejected"]) == [loaded.ledger.rejected]
    assert table["why"][0] == (loaded.reason or "")
    assert f"/api/v1/imports/{loaded.id}/errors.csv?token=" in table["errors"][0]


def test_the_filters_of_the_address_are_applied(loaded: Import) -> None:
    assert "No import fits these filters" in words(open_page(state="Cancelled"))
    assert len(open_page(state="Partially", search="customers").dataframe[0].value) == 1


@pytest.mark.parametrize("tab", ["Progress", "Errors", "Profile", "Recipe", "Log"])
def test_every_tab_of_a_loaded_import_opens(loaded: Import, tab: str) -> None:
    at = open_page("import_details.py", id=str(loaded.id), tab=tab)
    assert not at.exception
    assert "went wrong" not in words(at)
    assert at.dataframe
    assert loaded.source.name in [t.value for t in at.text]
    assert len(primary_buttons(at)) <= 1


def test_the_ledger_on_the_page_adds_up(loaded: Import) -> None:
    at = open_page("import_details.py", id=str(loaded.id))
    ledger = next(d.value for d in at.dataframe if "meaning" in d.value)
    assert ledger["state"].iloc[-1] == "Sum"
    assert ledger["records"].iloc[:-1].sum() == ledger["records"].iloc[-1] == loaded.ledger.records


def test_the_places_of_a_rule_are_read_from_disk(loaded: Import) -> None:
    at = open_page("import_details.py", id=str(loaded.id), tab="Errors")
    finding = service.importer().findings(service.importer().local_person(), loaded.id)[1]
    at.selectbox(key="rule").select_index(1).run()
    places = at.dataframe[1].value
    assert len(places) == min(finding.violations, 100)
    assert set(places["column"]) == {place(finding.column)}


def test_loaded_records_lead_back_to_their_import(loaded: Import) -> None:
    at = open_page("data.py", **{"import": str(loaded.id)})
    assert not at.exception
    table = at.dataframe[0].value
    assert len(table) == loaded.ledger.created
    assert set(table["open"]) == {f"#{loaded.id}"}
    assert "No record fits" in words(open_page("data.py", **{"import": "998"}))


def test_a_failed_question_leaves_what_was_shown(loaded: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page()

    def unreachable(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(Importer, "imports", unreachable)
    at.run()
    assert list(at.dataframe[0].value["file"]) == [loaded.source.name]
    assert "Could not refresh just now" in words(at)


def test_running_again_makes_a_draft_with_the_same_recipe(loaded: Import) -> None:
    at = open_page("import_details.py", id=str(loaded.id))
    at.button(key="again").click().run()
    assert not at.exception
    draft = service.importer().get(service.importer().local_person(), int(address(at, "id")))
    assert draft.status is Status.DRAFT
    assert draft.recipe == loaded.recipe


def test_a_page_that_does_not_exist_any_more_leads_to_the_first(loaded: Import) -> None:
    at = open_page("import_details.py", id=str(loaded.id), tab="Errors")
    at.session_state["violations page"] = 40
    at.run()
    assert not at.exception
    assert len(at.dataframe[1].value) > 0
