"""Pools on the command line."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from importer.cli import main
from importer.service import SAMPLES

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Runs a command on a workspace of the test; gives exit status, stdout and stderr."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        status = main([*map(str, words), "--workspace", str(tmp_path / "workspace")])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    gc.unfreeze()  # a command freezes what was imported, because its process ends soon


def test_a_pool_is_created_listed_and_filled(call: Call) -> None:
    assert call("pools") == (0, "", "")
    words = ("--name", "Summer", "--barcode", "QR-CODE", "--size-limit", "12", "--profile-limit", "2", "--starts-on", "2026-06-01")
    status, out, err = call("pools", "create", *words, "--prefix", "77", "--description", "All shops", "--json")
    made = json.loads(out)["pool"]
    assert (status, err) == (0, "")
    assert made == {
        "id": 1, "type": "vouchers", "name": "Summer", "prefix": "77", "barcode": "QR-CODE", "limit": 12, "limit_per_profile": 2,
        "starts_on": "2026-06-01", "ends_on": None, "description": "All shops", "state": "open", "codes": 0,
    }  # fmt: skip
    status, out, _ = call("run", SAMPLES / "vouchers_good.csv", "--type", "vouchers", "--pool", "summer", "--json")
    assert (status, json.loads(out)["ledger"]["created"]) == (0, 10)
    assert json.loads(call("pools", "--json")[1])["pools"] == [{**made, "codes": 10}]
    status, out, _ = call("pools")
    assert status == 0
    assert all(word in out for word in ("Summer", "10 of 12", "QR-CODE", "77", "open"))


def test_a_recipe_can_name_the_pool_by_its_number(call: Call, tmp_path: Path) -> None:
    call("pools", "create", "--name", "P")
    (tmp_path / "recipe.json").write_text('{"options": {"pool": 1}}')
    status, out, _ = call("check", SAMPLES / "vouchers_good.csv", "--type", "vouchers", "--recipe", tmp_path / "recipe.json", "--json")
    assert (status, json.loads(out)["ledger"]["created"]) == (0, 10)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", SAMPLES / "vouchers_good.csv", "--type", "vouchers"), "VOU_POOL"),
        (("check", SAMPLES / "vouchers_good.csv", "--type", "vouchers", "--pool", "Winter"), "NOT_FOUND"),
        (("pools", "create", "--name", "summer"), "POOL_NAME"),
        (("pools", "create", "--name", "P", "--prefix", "x"), "POOL"),
        (("pools", "create", "--name", "P", "--barcode", "EAN"), "POOL"),
        (("pools", "create", "--name", "P", "--type", "customers"), "NOT_FOUND"),
        (("pools", "create", "--name", "P", "--ends-on", "tomorrow"), "WRONG_CALL"),
        (("pools", "create"), "WRONG_CALL"),
        (("pools", "delete"), "WRONG_CALL"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_no_import_and_no_pool(call: Call, words: tuple[str | Path, ...], code: str) -> None:
    call("pools", "create", "--name", "Summer")
    status, out, err = call(*words, "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, code)
    assert err
    assert json.loads(call("list", "--json")[1]) == {"imports": []}
    assert [p["name"] for p in json.loads(call("pools", "--json")[1])["pools"]] == ["Summer"]
