"""Pools in a real browser: made, filled by an import, and changed."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")

from playwright.sync_api import expect

from tests.browser.test_browser_journey import BAD, OpenPage, button, cell, choose_file, import_id, scrolls_sideways

pytestmark = pytest.mark.browser

GOOD = BAD.with_name("vouchers_good.csv")


def test_a_pool_is_made_filled_by_an_import_and_changed(open_page: OpenPage) -> None:
    page = open_page("/pools")
    page.get_by_role("textbox", name="Name", exact=True).fill("Summer 2026")
    page.get_by_role("spinbutton", name="Size limit").fill("12")
    button(page, "Create the pool").click()
    expect(button(page, "New pool")).to_be_visible()
    expect(cell(page, "0 of 12 codes, 12 left")).to_be_attached()

    page = open_page("/new_import")
    page.get_by_role("combobox", name="What is in the file?").click()
    page.get_by_role("option", name="Vouchers").click()
    expect(page.get_by_text("Voucher codes, one per line", exact=False)).to_be_visible()
    choose_file(page, GOOD)
    expect(page.get_by_text("No pool is chosen", exact=False)).to_be_visible()
    expect(button(page, "Check all records")).to_be_disabled()
    page.get_by_role("combobox", name="Pool").click()
    page.get_by_role("option", name="Summer 2026").click()
    expect(page.locator(".st-key-pool-level")).to_contain_text("0 of 12 codes, 12 left")
    button(page, "Check all records").click()
    button(page, "Start the import").click(timeout=30_000)
    expect(page.get_by_role("heading", name="Import ")).to_be_visible()
    number = import_id(page)
    expect(page.locator(".st-key-stage-load")).to_contain_text("100 %", timeout=30_000)
    expect(page.locator(".st-key-pool-level")).to_contain_text("10 of 12 codes, 2 left", timeout=30_000)

    page = open_page("/pools")
    expect(cell(page, "10 of 12 codes, 2 left")).to_be_attached()
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    box = grid.bounding_box()
    assert box
    page.mouse.click(box["x"] + 58, box["y"] + 33 + 17)
    expect(page.locator(".st-key-pool-level").get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("^8[0-9]"))
    page.get_by_role("spinbutton", name="Size limit").fill("20")
    button(page, "Save").click()
    expect(cell(page, "10 of 20 codes, 10 left")).to_be_attached()

    for path in ("/pools", "/pools?pool=1", "/pools?pool=new", f"/import_details?id={number}"):
        assert not scrolls_sideways(open_page(path, width=375)), path
