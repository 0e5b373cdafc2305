"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import pages
from importer.access import Person
from importer.cli import _parser
from importer.service import Importer

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


def test_the_example_of_an_own_type_works_as_it_says(service: Importer, me: Person, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "own-types.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    service.save_type(me, "prices", example)
    path = tmp_path / "prices.csv"
    path.write_text(
        service.template(me, "prices") + "chair,1,EUR,\nDESK-1,,EUR,\nLAMP-1,5,,\nSOFA-1,9,CHF,\nBED-1,9,PLN,2019-12-31\nBED-2,n/a,USD,\n", encoding="utf-8"
    )
    draft = service.draft_from_path(me, path, "prices")
    trial = service.try_type(me, example, draft.id)
    assert [(v.line, v.code, str(v.severity)) for v in trial.violations] == [
        (3, "PRICE_SKU", "error"), (4, "REQUIRED", "error"), (5, "PRICE_CURRENCY", "error"), (6, "ENUM", "error"), (7, "PRICE_OLD", "warning"),
        (8, "REQUIRED", "error"),
    ]  # fmt: skip
    assert (trial.records, trial.rejected) == (7, 5)
