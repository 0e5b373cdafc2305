"""Makes the pictures of the README from the running app: `python -m docs.screenshots [FOLDER]` (needs Chromium and Playwright)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Browser, Page, expect, sync_playwright

from importer.config import load_settings
from importer.service import SAMPLES, Importer

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"": (1440, 900), "-narrow": (700, 900)}
LOOKS = {"": "light", "-dark": "dark"}


def some_history(workspace: Path) -> dict[str, int]:
    """Imports of every outcome; returns the ids of those that are shown."""
    service = Importer(load_settings(workspace, env={}))
    me = service.local_person()

    def bring(text: bytes, name: str, type_name: str = "customers", *, load: bool = True) -> int:
        path = workspace / name
        path.write_bytes(text)
        draft = service.draft_from_path(me, path, type_name, method="upload")
        recipe = service.suggest_recipe(me, draft.id)
        (service.run if load else service.check)(me, draft.id, recipe)
        while service.get(me, draft.id).is_running:
            service.work_here(draft.id, lambda _: None)
        return draft.id

    good, bad = (SAMPLES / "customers_good.csv").read_bytes(), (SAMPLES / "customers_bad.csv").read_bytes()
    many = b"email,city,loyalty points\n" + b"".join(b"person%d@example.com,Paris,%d\n" % (i, i % 997) for i in range(120_000))
    bring(good, "spring-campaign.csv")
    bring(b"email,city\n", "empty-export.csv")
    bring(many, "crm-export-november.csv")
    bring(b"e-mail;Ort\nfalsch;Bonn\n", "kunden.csv")
    bring(b"sku;price\nA-1;12.50\nA-2;8.00\n", "price-list.csv", "generic")
    partly = bring(bad, "customers-berlin.csv")
    checked = bring(good.replace(b"London", b"Leeds"), "corrections.csv", load=False)
    return {"details": partly, "checked": checked}


@contextmanager
def running_app(workspace: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with tempfile.TemporaryFile() as log:
        environment = {**os.environ, "IMPORTER_WORKSPACE": str(workspace)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the app did not start")


def pages(ids: dict[str, int]) -> dict[str, tuple[str, str]]:
    """Name of the picture: address, and a text that is there when the page is complete."""
    details = f"/import_details?id={ids['details']}"
    return {
        "imports": ("/", "Imports"),
        "details": (details, "customers-berlin.csv"),
        "errors": (f"{details}&tab=Errors", "customers-berlin.csv"),
        "profile": (f"{details}&tab=Profile", "customers-berlin.csv"),
        "recipe": (f"{details}&tab=Recipe", "customers-berlin.csv"),
        "log": (f"{details}&tab=Log", "customers-berlin.csv"),
        "check": (f"/new_import?id={ids['checked']}", "corrections.csv"),
        "new": ("/new_import", "New import"),
        "data": ("/data", "Data"),
        "types": ("/types", "Import types"),
    }


def photograph(browser: Browser, address: str, ids: dict[str, int], folder: Path) -> None:
    for size_name, (width, height) in SIZES.items():
        for look_name, look in LOOKS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look)  # type: ignore[arg-type]
            page = context.new_page()
            for name, (path, text) in pages(ids).items():
                page.goto(address + path)
                settle(page, text)
                page.screenshot(path=folder / f"{name}{size_name}{look_name}.png")
            context.close()


def settle(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=30_000)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=30_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
    page.wait_for_load_state("networkidle")


def main(target: Path | None = None, in_readme: tuple[str, ...] = ("imports.png", "details.png")) -> None:
    """Without a folder the pictures of the README are made; with one, all pages in every size and look."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        workspace, shots = Path(temporary) / "workspace", target or Path(temporary) / "shots"
        for folder in (workspace, shots):
            folder.mkdir(parents=True, exist_ok=True)
        ids = some_history(workspace)
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        with running_app(workspace) as address:
            photograph(browser, address, ids, shots)
        browser.close()
        if target is None:
            (ROOT / "docs" / "images").mkdir(exist_ok=True)
            for picture in shots.iterdir():
                if picture.name in in_readme:
                    shutil.copyfile(picture, ROOT / "docs" / "images" / picture.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
