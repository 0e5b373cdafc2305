"""A team makes a type of its own from a file, and imports the file with it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_browser_journey import button, cell, figure, payload, scrolls_sideways

OpenPage = Callable[..., Page]
ROWS = "".join(f"A-{n},{n + 0.5},{'EUR' if n % 2 else 'PLN'}\n" for n in range(1, 41))
FILE = payload("price-list.csv", ("article no,price,currency\n" + ROWS).encode())


def write_into(page: Page, row: int, column: str, text: str) -> None:
    """Types into a cell of the editor's table, as a person does."""
    grid = page.get_by_test_id("stDataFrame").first.locator("canvas").first
    box = grid.bounding_box()
    assert box
    page.mouse.click(box["x"] + 60, box["y"] + 33 + 34 * row + 17)
    header = page.locator("canvas [role=columnheader]").filter(has_text=re.compile(f"^{column}$")).first
    expect(page.get_by_test_id(f"glide-cell-1-{row}")).to_have_attribute("aria-selected", "true")
    for _ in range(int(header.get_attribute("aria-colindex") or 0) - 1):
        page.keyboard.press("ArrowRight", delay=50)
    page.keyboard.press("Enter")
    field = page.locator(".gdg-input")
    expect(field).to_be_visible()
    field.fill(text)
    page.keyboard.press("Enter")
    expect(field).to_have_count(0)


def test_a_type_from_a_file_is_changed_saved_and_used(open_page: OpenPage) -> None:
    page = open_page("/types")
    button(page, "New type").click()
    expect(page.get_by_role("heading", name="New type")).to_be_visible()
    page.locator(".st-key-inferred input[type=file]").set_input_files(FILE)
    expect(page.get_by_text("Made from all 40 records of the file")).to_be_visible(timeout=30_000)
    expect(page.get_by_label("Name", exact=True)).to_have_value("price_list")
    expect(cell(page, "article_no")).to_be_attached()
    expect(figure(page, "Would be rejected")).to_contain_text("0")

    write_into(page, 1, "Min", "10")
    expect(figure(page, "Would be rejected")).to_contain_text("9")
    button(page, "Save as version 1").click()
    expect(page.get_by_text("Saved as version 1")).to_be_visible()
    expect(cell(page, "is at least 10")).to_be_attached()

    button(page, "Import the file with this type").click()
    expect(page.get_by_text("3 of 3 columns will be imported")).to_be_visible(timeout=30_000)
    button(page, "Check all records").click()
    expect(button(page, "Start the import")).to_be_visible(timeout=30_000)
    button(page, "Start the import").click()
    expect(page.locator(".st-key-reason")).to_contain_text("9 of 40 records were rejected", timeout=30_000)

    data = open_page("/data?type=Price+list")
    expect(data.get_by_text("31 records")).to_be_visible()
    expect(cell(data, "A-10")).to_be_attached()


def test_a_choice_of_file_is_asked_for_where_a_document_has_none(open_page: OpenPage) -> None:
    page = open_page("/types?edit=-")
    document = {"name": "t.yaml", "mimeType": "text/yaml", "buffer": b"title: From a tool\nfields:\n  - {name: code, type: string, constraints: {pattern: '[0-9]+'}}\n"}
    page.locator(".st-key-document input[type=file]").set_input_files(document)
    expect(page.get_by_label("Title", exact=True)).to_have_value("From a tool")
    page.locator(".st-key-trial input[type=file]").set_input_files(payload("codes.csv", b"code\n1\nx\n"))
    expect(figure(page, "Would be rejected")).to_contain_text("1")
    expect(cell(page, "Does not have the form that is expected.")).to_be_attached()


def test_a_document_that_is_none_is_refused_in_words(open_page: OpenPage) -> None:
    page = open_page("/types?edit=-")
    page.locator(".st-key-document input[type=file]").set_input_files({"name": "t.yaml", "mimeType": "text/yaml", "buffer": b"fields: ["})
    expect(page.locator(".st-key-problem")).to_contain_text(re.compile("is not YAML"))


def test_types_never_scroll_sideways_in_a_narrow_window(open_page: OpenPage) -> None:
    assert [p for p in ("/types", "/types?type=customers", "/types?edit=-") if scrolls_sideways(open_page(p, width=375))] == []
