"""What people do, in a real browser against the real application."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")

from playwright.sync_api import FilePayload, Locator, Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
BAD = ROOT / "samples" / "customers_bad.csv"
GOLDEN = Path(__file__).parent / "customers_bad_errors.csv"
COMPARED = ("line", "column", "value", "rule_code", "severity")
OpenPage = Callable[..., Page]


def choose_file(page: Page, file: Path | FilePayload) -> None:
    page.locator(".st-key-upload input[type=file]").set_input_files(file)


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def delimiter(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Delimiter")


def cell(page: Page, text: str) -> Locator:
    """A cell of a table. Tables are painted; for screen readers they carry their cells as elements, too."""
    return page.locator("canvas [role=gridcell]").filter(has_text=re.compile(f"^{re.escape(text)}$"))


def figure(page: Page, label: str) -> Locator:
    """The card with this label."""
    return page.get_by_test_id("stMetric").filter(has_text=re.compile(f"^{label}"))


def import_id(page: Page) -> str:
    found = re.search(r"[?&]id=(\d+)", page.url)
    assert found, page.url
    return found[1]


def rows(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row[name] for name in COMPARED) for row in csv.DictReader(file)]


def check_file(page: Page, file: Path | FilePayload) -> str:
    """Uploads a file and has it checked; returns the number of the import."""
    choose_file(page, file)
    button(page, "Check all records").click()
    expect(button(page, "Start the import")).to_be_visible(timeout=30_000)
    return import_id(page)


def test_a_file_with_errors_from_upload_to_the_loaded_records(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/new_import")
    choose_file(page, BAD)
    expect(page.get_by_text("customers_bad.csv")).to_be_visible()
    expect(delimiter(page)).to_have_value(re.compile("^Comma"))
    page.get_by_text("Why it is read this way").click()
    expect(page.get_by_text("one of email", exact=False)).to_be_visible()
    expect(page.get_by_text("13 of 13 columns will be imported")).to_be_visible()

    button(page, "Check all records").click()
    expect(button(page, "Start the import")).to_be_visible(timeout=30_000)
    for label, count in (("Records", "60"), ("To create", "47"), ("Duplicates", "1"), ("Rejected", "12")):
        expect(figure(page, label)).to_contain_text(count)

    button(page, "Start the import").click()
    expect(page.get_by_role("heading", name="Import ")).to_be_visible()
    number = import_id(page)
    for stage in ("process", "load"):
        expect(page.locator(f".st-key-stage-{stage}")).to_contain_text("100 %", timeout=30_000)
        expect(page.locator(f".st-key-stage-{stage}").get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(page.locator(".st-key-reason")).to_contain_text("12 of 60 records were rejected")

    page.get_by_role("tab", name="Errors").click()
    expect(page.get_by_text("Show every place of")).to_be_visible()
    assert "tab=Errors" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Error list (CSV)").click()
    download.value.save_as(tmp_path / "errors.csv")
    assert rows(tmp_path / "errors.csv") == rows(GOLDEN)

    data = open_page(f"/data?import={number}")
    expect(data.get_by_text("47 records")).to_be_visible()
    expect(cell(data, "john.garcia100@example.com")).to_be_attached()


def test_a_sample_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    button(page, "Try it with a sample").click()
    expect(button(page, "Check all records")).to_be_enabled()


def test_a_refresh_keeps_the_place(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    choose_file(page, payload("people.csv", b"email,city\nann@example.com,Oslo\n"))
    delimiter(page).click()
    page.get_by_role("option", name="Semicolon").click()
    expect(page.get_by_text("You changed how the file is read.")).to_be_visible()
    page.reload()
    expect(delimiter(page)).to_have_value(re.compile("^Semicolon"))
    expect(page.get_by_text("people.csv")).to_be_visible()
    delimiter(page).click()
    page.get_by_role("option", name="Comma").click()
    button(page, "Check all records").click()
    expect(button(page, "Start the import")).to_be_visible(timeout=30_000)
    page.reload()
    expect(button(page, "Start the import")).to_be_visible()


def test_a_check_goes_on_when_the_page_is_closed(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    choose_file(page, payload("closed.csv", b"email\nann@example.com\n"))
    button(page, "Check all records").click()
    expect(page.get_by_text("4 Check", exact=False)).to_be_visible()
    expect(button(page, "Check all records")).to_be_hidden()
    number = import_id(page)
    page.close()
    later = open_page(f"/import_details?id={number}")
    expect(button(later, "Start")).to_be_visible(timeout=30_000)


def test_the_mapping_can_be_changed_after_a_check(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    number = check_file(page, payload("again.csv", b"email;city\nann@example.com;Oslo\n"))
    page.get_by_text("change something and check again").click()
    button(page, "Check again").click()
    expect(button(page, "Start the import")).to_be_visible(timeout=30_000)
    assert import_id(page) == number


def test_a_hostile_name_is_text(open_page: OpenPage) -> None:
    name = "![x](http:evil.example) **bold** $x^2$.csv"
    content = b"email,![c](http://evil.example/c.png)\nann@example.com,![v](http://evil.example/v.png)\n"
    page = open_page("/new_import")
    number = check_file(page, payload(name, content))
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    details = open_page(f"/import_details?id={number}&tab=Profile")
    expect(details.get_by_text(name, exact=True)).to_be_visible()
    expect(details.get_by_text("Column in detail")).to_be_visible()
    assert details.locator("img[src*=evil], a[href*=evil]").count() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200),
        ("archive.csv", b"PK\x03\x04" + bytes(range(256)) * 200),
    ],
)
def test_a_file_that_is_no_table_gives_one_clear_sentence(open_page: OpenPage, name: str, content: bytes) -> None:
    page = open_page("/new_import")
    choose_file(page, payload(name, content))
    told = page.get_by_role("alert").or_(page.locator(".st-key-problem")).filter(has_text=re.compile(r"\w+ .*\."))
    expect(told).to_have_count(1)
    expect(told).to_be_visible()
    expect(told).not_to_contain_text("Reference")
    expect(button(page, "Check all records")).to_have_count(0)


def test_an_upload_without_the_token_of_the_page_is_refused(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    address = page.url.split("/new_import")[0] + "/api/v1/uploads?name=a.csv"
    answer = page.request.put(address, data="email\n")
    assert answer.status in (401, 403)


def test_the_file_is_chosen_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page("/new_import")
    expect(page.get_by_text("up to 5 GB")).to_be_visible()
    with page.expect_file_chooser():
        button(page, "Choose a file").focus()
        page.keyboard.press("Enter")


def test_the_list_opens_an_import(open_page: OpenPage) -> None:
    done = open_page("/new_import")
    number = check_file(done, payload("listed.csv", b"email\nann@example.com\n"))
    page = open_page("/?search=listed.csv")
    expect(cell(page, "listed.csv")).to_be_attached()
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    box = grid.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 30, box["y"] + 33 + 17)
    expect(page.get_by_role("heading", name=f"Import {number}")).to_be_visible()


@pytest.mark.parametrize("width", [375, 700])
def test_a_narrow_window_never_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page("/new_import", width=width)
    wide = ["new_import"] if scrolls_sideways(page) else []
    number = check_file(page, payload("narrow.csv", b"email,city\nann@example.com,Oslo\nwrong,Rome\n"))
    wide += ["checked"] if scrolls_sideways(page) else []
    for path in ("/", "/data", f"/import_details?id={number}", f"/import_details?id={number}&tab=Errors"):
        if scrolls_sideways(open_page(path, width=width)):
            wide.append(path)
    assert wide == []


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate(
            """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
                     .some((e) => e && e.scrollWidth > e.clientWidth + 1)"""
        )
    )
