"""The real application in a process of its own, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")

from playwright.sync_api import BrowserContext, Page, Request, expect, sync_playwright  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
OpenPage = Callable[..., Page]
expect.set_options(timeout=20_000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running application with a fresh workspace."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install -y chromium")
    home = tmp_path_factory.mktemp("browser")
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**os.environ, "IMPORTER_WORKSPACE": str(home / "workspace")}
    with (home / "app.log").open("wb") as log:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(f"{address}/_stcore/health", process, home / "app.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the application did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    """One browser for all tests, so that scripts and fonts are fetched once."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install -y chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        context = browser.new_context(timezone_id="Europe/Berlin")
        context.set_default_timeout(20_000)
        yield context
        browser.close()


@pytest.fixture
def open_page(app: str, chromium: BrowserContext) -> Iterator[OpenPage]:
    """Opens addresses in new tabs. No page may ever ask another host for anything, or show a trace."""
    foreign: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((app, app.replace("http", "ws"), "data:", "blob:")):
            foreign.append(request.url)

    def new_page(path: str = "/", width: int = 1440, height: int = 900) -> Page:
        page = chromium.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("request", watch)
        page.goto(app + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield new_page
    for page in chromium.pages:
        assert "Traceback" not in page.content()
        page.close()
    assert foreign == []
