"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import pages
from importer.cli import _parser

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run: python -m docs.generate"


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    (\w+) ", _parser().format_help(), re.MULTILINE)
    assert commands
    assert [c for c in commands if f"`{c}" not in readme] == []


def test_every_dependency_is_named_with_its_reason() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    needed = re.findall(r"^([A-Za-z][\w-]*)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert needed
    assert [n for n in needed if f"| {n} |" not in readme] == []


def test_links_in_the_documents_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
