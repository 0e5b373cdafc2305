"""Pools on the pages: the list, the form, and the choice for an import."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from importer.model import Pool, PoolDetails, PoolUse
from importer.service import SAMPLES
from pages.widgets import pools, service
from tests.conftest import work_here
from tests.pages.test_pages_open import address, open_page, primary_buttons, words

TYPE = "vouchers"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPORTER_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


def make(name: str, **details: object) -> Pool:
    importer = service.importer()
    return importer.create_pool(importer.local_person(), TYPE, PoolDetails(name, **details))  # type: ignore[arg-type]


def names() -> list[str]:
    importer = service.importer()
    return [use.pool.name for use in importer.pools(importer.local_person())]


def draft() -> int:
    importer = service.importer()
    return importer.draft_from_path(importer.local_person(), SAMPLES / "vouchers_good.csv", TYPE, method="upload").id


def press(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def test_without_a_pool_the_page_offers_to_make_the_first() -> None:
    at = open_page("pools.py")
    assert "There is no pool yet" in words(at)
    assert [b.label for b in at.button] == primary_buttons(at) == ["Create the pool"]
    at.text_input(key="new pool name").set_value("Summer")
    at.number_input(key="new pool limit").set_value(12)
    at.date_input(key="new pool from").set_value(date(2026, 6, 1))
    press(at, "new pool save")
    assert not at.exception
    assert names() == ["Summer"]
    assert primary_buttons(at) == ["New pool"]
    assert at.dataframe[0].value["name"].to_list() == ["Summer"]
    assert at.dataframe[0].value["fill"].to_list() == ["0 of 12 codes, 12 left"]


def test_a_pool_is_changed_and_what_cannot_be_is_said() -> None:
    made = make("Summer", limit=5)
    make("Winter")
    at = open_page("pools.py", pool=str(made.id))
    assert primary_buttons(at) == ["Save"]
    at.text_input(key=f"pool {made.id} name").set_value("winter")
    press(at, f"pool {made.id} save")
    assert "There is a pool with the name 'winter' already." in words(at)
    assert names() == ["Summer", "Winter"]
    at.text_input(key=f"pool {made.id} name").set_value("Autumn")
    press(at, f"pool {made.id} save")
    assert names() == ["Autumn", "Winter"]
    assert primary_buttons(at) == ["New pool"]


def test_the_form_is_left_without_a_change() -> None:
    made = make("Summer")
    at = open_page("pools.py", pool=str(made.id))
    at.text_input(key=f"pool {made.id} name").set_value("Autumn")
    press(at, f"pool {made.id} close")
    assert names() == ["Summer"]
    assert primary_buttons(at) == ["New pool"]
    assert press(at, "new").text_input(key="new pool name").value == ""


def test_an_address_of_a_pool_that_is_not_there_leads_back() -> None:
    make("Summer")
    at = open_page("pools.py", pool="99")
    assert "a pool that does not exist" in words(at)
    assert primary_buttons(at) == ["All pools"]


def test_a_draft_is_checked_only_once_a_pool_is_chosen_and_remembers_it() -> None:
    summer, winter = make("Summer"), make("Winter", prefix="29", limit=100)
    number = draft()
    at = open_page("new_import.py", id=str(number))
    assert "No pool is chosen" in words(at)
    assert at.button(key="check").disabled
    at.selectbox(key=f"pool {number}").set_value(winter.id).run()
    assert not at.exception
    assert "0 of 100 codes, 100 left" in words(at)
    assert "the prefix 29 of the pool" in words(at)
    assert not at.button(key="check").disabled
    assert len(primary_buttons(at)) == 1
    again = open_page("new_import.py", id=str(number))
    assert again.selectbox(key=f"pool {number}").value == winter.id != summer.id


def test_the_first_pool_is_made_and_chosen_in_the_import_itself() -> None:
    number = draft()
    at = open_page("new_import.py", id=str(number))
    assert "There is no pool yet" in words(at)
    press(at, "pool-0 save")
    assert "The pool has no name." in words(at)
    at.text_input(key="pool-0 name").set_value("Summer")
    press(at, "pool-0 save")
    assert not at.exception
    assert at.selectbox(key=f"pool {number}").value == 1
    press(at, "check")
    importer = service.importer()
    assert work_here(importer, number).ledger.created == 10
    assert address(at, "id") == str(number)


def test_the_details_of_an_import_show_how_full_its_pool_is() -> None:
    importer, made, number = service.importer(), make("**Summer**", limit=20), draft()
    me = importer.local_person()
    importer.run(me, number, importer.in_pool(importer.suggest_recipe(me, number), made))
    work_here(importer, number)
    at = open_page("import_details.py", id=str(number))
    assert "10 of 20 codes, 10 left" in words(at)
    assert "**Summer**" in [t.value for t in at.text]  # text and never Markdown


@pytest.mark.parametrize(
    ("limit", "codes", "said", "share"),
    [
        (None, 0, "0 codes, no limit", None), (None, 1, "1 code, no limit", None), (12, 12, "12 of 12 codes, it is full", 1.0),
        (4, 1, "1 of 4 codes, 3 left", 0.25), (2, 3, "3 codes, the limit is 2", 1.0), (2, None, "The codes are being written and can be counted again soon.", None),
    ],
)  # fmt: skip
def test_how_full_a_pool_is_in_words(limit: int | None, codes: int | None, said: str, share: float | None) -> None:
    use = PoolUse(Pool(1, TYPE, PoolDetails("P", limit=limit)), codes)
    assert (pools.fill(use), pools.share(use)) == (said, share)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (None, None, ""), (date(2026, 6, 1), None, "Codes are given out from 1 Jun 2026 on."), (None, date(2026, 6, 2), "Codes are given out until 2 Jun 2026."),
        (date(2026, 6, 1), date(2026, 6, 2), "Codes are given out from 1 Jun 2026 to 2 Jun 2026."),
    ],
)  # fmt: skip
def test_when_codes_are_given_out_in_words(start: date | None, end: date | None, said: str) -> None:
    assert pools.days_of(PoolDetails("P", starts_on=start, ends_on=end)) == said
