"""Every type that comes with the importer: its sample from the first screen to the Data page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from importer.schema import load_types
from importer.service import SAMPLES

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
# Types with pools need a choice more; test_browser_pools makes it.
SAMPLED = sorted(s.name for s in load_types().values() if not s.pools and list(SAMPLES.glob(f"{s.name}_bad.*")))


@pytest.mark.parametrize("name", SAMPLED)
def test_the_sample_of_a_type_is_imported_and_its_records_are_found(open_page: OpenPage, name: str) -> None:
    title, description = load_types()[name].title, load_types()[name].description
    page = open_page("/new_import")
    page.get_by_role("combobox", name="What is in the file?").click()
    page.get_by_role("option", name=title, exact=True).click()
    expect(page.get_by_text(description, exact=True)).to_be_visible()
    page.get_by_role("button", name="Try it with a sample").click()
    expect(page.get_by_text(re.compile(rf"{name}_bad\.")).first).to_be_visible()
    page.get_by_role("button", name="Check all records").click()
    page.get_by_role("button", name="Start the import").click()
    expect(page).to_have_url(re.compile("import_details"))
    expect(page.get_by_text(re.compile("partially", re.IGNORECASE)).first).to_be_visible()
    data = open_page("/data")
    data.get_by_role("combobox").first.click()
    data.get_by_role("option", name=re.compile(rf"^{re.escape(title)}\b")).click()
    expect(data.get_by_text(re.compile(r"^[1-9]\d* records?$")).first).to_be_visible()
