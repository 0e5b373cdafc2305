"""The command line: one JSON document, the exit status, and words instead of tracebacks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.model import Ledger
from importer.schema import load_types
from importer.service import SAMPLES, Importer

ROOT = Path(__file__).resolve().parent.parent
STATES = ("records", "created", "updated", "unchanged", "duplicate", "rejected", "unprocessed")


@pytest.fixture
def call(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Runs `python -m importer` on a workspace of the test; gives exit status, stdout and stderr."""

    def run(*arguments: str | Path, **env: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "importer", *map(str, arguments), "--workspace", str(tmp_path / "workspace")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, env=environment, cwd=tmp_path
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_check_prints_one_document_and_changes_nothing(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    status, out, err = call("check", SAMPLES / "customers_bad.csv", "--type", "customers", "--json")
    document = json.loads(out)
    assert (status, err) == (1, "")
    assert tuple(document["ledger"]) == STATES
    assert document["ledger"] == Ledger(records=60, created=47, duplicate=1, rejected=12).to_dict()
    assert (document["status"], document["outcome"], document["rejected"]) == ("checked", None, 12)
    assert [s["name"] for s in document["stages"]] == ["process", "load"]
    assert all({"name", "status", "done", "total", "seconds"} <= set(s) for s in document["stages"])
    assert document["dialect"] == {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "quote": '"',
        "escape": "double",
        "header_line": 1,
    }
    assert document["columns"][:2] == ["Email", "Customer ID"]
    first = document["violations"][0]
    assert {k: first[k] for k in ("line", "column", "field", "value", "code", "severity")} == {
        "line": 5, "column": "Email", "field": "email", "value": "grace.hopper(at)example.com", "code": "CUST_EMAIL", "severity": "error",
    }  # fmt: skip
    assert Path(document["error_list"]).is_file()
    assert document["profile"]["records"] == 56
    assert not (tmp_path / "workspace" / "destination.duckdb").exists()


def test_the_exit_status_says_whether_something_was_rejected(call: Callable[..., tuple[int, str, str]], file: Callable[..., Path]) -> None:
    assert call("run", SAMPLES / "customers_good.csv", "--type", "customers")[0] == 0
    assert call("run", SAMPLES / "customers_bad.csv", "--type", "customers")[0] == 1
    status, out, _ = call("list", "--json")
    documents = json.loads(out)["imports"]
    assert [d["outcome"] for d in documents] == ["completed partially", "completed"]
    assert "violations" not in documents[0]
    assert call("show", "1")[0] == 0
    status, out, _ = call("show", "2", "--json", "--limit", "3")
    assert (status, len(json.loads(out)["violations"])) == (1, 3)
    assert len(call("errors", "2")[1].splitlines()) == 19


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [(b"", "FILE_EMPTY", None), (b"\n\n", "FILE_EMPTY", None), (b"email,city\n", "FILE_EMPTY", 1), (b"PK\x03\x04" + b"\0" * 90, "FILE_TYPES", None),
     ("email\n".encode("utf-16"), "FILE_ENCODING", None), (b"city\nParis\n", "MAPPING_REQUIRED", None)],
)  # fmt: skip
def test_what_cannot_be_imported_gives_one_clear_line(
    call: Callable[..., tuple[int, str, str]], file: Callable[..., Path], content: bytes, code: str, line: int | None
) -> None:
    status, out, err = call("run", file(content), "--type", "customers", "--json")
    error = json.loads(out)["error"]
    assert (status, set(error), error["code"], error["line"]) == (2, {"code", "title", "detail", "line"}, code, line)
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments", [("run",), ("frobnicate",), ("show", "abc"), ("show", "999"), ("run", "nosuch.csv", "--type", "customers")]
)
def test_a_wrong_call_gives_one_clear_line(call: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...]) -> None:
    status, out, err = call(*arguments)
    assert (status, out, len(err.strip().splitlines())) == (2, "", 1)


def test_types_are_listed(call: Callable[..., tuple[int, str, str]]) -> None:
    listed = json.loads(call("types", "--json")[1])["types"]
    assert {"name": "customers", "title": "Customers", "version": "1"} in listed
    assert [t["name"] for t in listed] == list(load_types())


@pytest.mark.parametrize("name", [schema.name for schema in load_types().values() if schema.fields])
def test_a_template_has_all_fields_and_can_be_imported_as_it_is(
    call: Callable[..., tuple[int, str, str]], file: Callable[..., Path], name: str
) -> None:
    template = call("template", name)[1]
    assert next(csv.reader(template.splitlines())) == [f.name for f in load_types()[name].fields]
    pool = ["--pool", "All codes"] if load_types()[name].pools else []
    if pool:
        assert call("pools", "create", "--type", name, "--name", "All codes")[0] == 0
    assert call("run", file(template, "template.csv"), "--type", name, *pool)[0] == 0


def test_a_type_without_fields_has_no_template(call: Callable[..., tuple[int, str, str]]) -> None:
    assert call("template", "generic")[0] == 2


def test_a_type_of_ones_own_is_added_shown_used_and_retired(call: Callable[..., tuple[int, str, str]], file: Callable[..., Path]) -> None:
    document = file("title: Prices\nfields:\n  - {name: sku, type: string, example: A-1}\n  - {name: price, type: number}\n", "prices.yaml")
    added = json.loads(call("types", "add", document, "--name", "prices", "--json")[1])
    assert added == {"type": {"name": "prices", "title": "Prices", "version": "1"}}
    assert {"name": "prices", "title": "Prices", "version": "1"} in json.loads(call("types", "--json")[1])["types"]
    assert call("types", "show", "prices")[1] == document.read_text()
    shown = json.loads(call("types", "--json", "show", "prices", "--version", "1")[1])
    assert [(v["version"], v["saved_by"], v["retired"]) for v in shown["versions"]] == [("1", "local", False)]
    assert call("template", "prices")[1] == "sku,price\nA-1,\n"
    assert call("run", file("sku,price\nA-1,5\n", "good.csv"), "--type", "prices")[0] == 0
    assert call("check", file("sku,price\nA-1,much\n", "bad.csv"), "--type", "prices")[0] == 1
    assert call("types", "retire", "prices")[0] == 0
    assert "prices" not in call("types")[1]
    assert call("types", "retire", "prices")[0] == 2
    assert call("types", "retire", "prices", "--back", "--json")[1] == '{"name": "prices", "retired": false}\n'


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [("fields: 3", "prices", "TYPE_DOCUMENT"), ("fields: []", "customers", "TYPE_DOCUMENT"), (b"\xff\xfe", "prices", "TYPE_DOCUMENT"),
     (b"x" * 1_000_001, "prices", "TYPE_DOCUMENT"), (None, "prices", "FILE_NOT_FOUND")],
)  # fmt: skip
def test_a_type_document_that_does_not_work_gives_one_clear_line(
    call: Callable[..., tuple[int, str, str]], file: Callable[..., Path], content: str | bytes | None, name: str, code: str
) -> None:
    path = file(content, "t.yaml") if content is not None else Path("nosuch.yaml")
    status, out, err = call("types", "add", path, "--name", name, "--json")
    assert (status, json.loads(out)["error"]["code"], len(err.strip().splitlines())) == (2, code, 1)


def dirty() -> list[list[str]]:
    odd = [
        "",
        "a",
        'say "hi"',
        "two\nlines",
        "x,y",
        "\u00fc\u0142",
        "007",
        "=1+1",
        "null",
        " padded ",
        "tab\there",
        "\r",
        "'",
        "\x00z",
        "🙂",
    ]
    return [[odd[(i * 7 + j * 3) % len(odd)] for j in range(6)] for i in range(500)]


def test_every_record_that_was_read_can_be_written_out(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    rows = [["first", "second", "Third col", "4", "e\u0301", "last"], *dirty()]
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows(rows)
    status, out, _ = call("check", source, "--type", "generic", "--json", "--records-out", target, IMPORTER_BLOCK_BYTES="4096")
    assert (status, json.loads(out)["ledger"]["records"]) == (0, 500)
    assert json.loads(out)["columns"] == rows[0]
    with target.open(encoding="utf-8", newline="") as f:
        assert list(csv.reader(f)) == rows


def test_a_recipe_is_obeyed_and_its_exported_form_gives_the_same_result(
    call: Callable[..., tuple[int, str, str]], file: Callable[..., Path]
) -> None:
    source = file("mail;town\na@b.co;Paris\nb@b.co;Lyon\n")
    recipe: dict[str, Any] = {"mapping": [{"column": "mail", "field": "email"}, {"column": "town", "field": "attributes.place"}]}
    status, out, _ = call("run", source, "--type", "customers", "--recipe", file(json.dumps(recipe), "r.json"), "--json")
    assert (status, json.loads(out)["ledger"]["created"]) == (0, 2)
    status, out, _ = call("check", source, "--type", "customers", "--recipe", file(json.dumps(recipe), "r.json"), "--json")
    assert json.loads(out)["ledger"]["unchanged"] == 2
    bad = file("{", "bad.json")
    assert call("run", source, "--type", "customers", "--recipe", bad)[0] == 2


def test_it_works_while_the_app_runs(call: Callable[..., tuple[int, str, str]], service: Importer, file: Callable[..., Path]) -> None:
    service.start_worker()
    status, out, err = call("run", SAMPLES / "customers_good.csv", "--type", "customers", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["ledger"]["created"] == 40
    assert service.records(service.local_person(), "customers").total == 40


def test_an_import_can_be_cancelled_and_resumed(
    call: Callable[..., tuple[int, str, str]], service: Importer, file: Callable[..., Path]
) -> None:
    me = service.local_person()
    draft = service.draft_from_path(me, file("email\na@b.co\n"), "customers")
    service.run(me, draft.id, service.suggest_recipe(me, draft.id))
    status, out, _ = call("cancel", str(draft.id), "--json")
    assert (status, json.loads(out)["status"]) == (0, "cancelled")
    status, out, _ = call("resume", str(draft.id), "--json")
    assert (status, json.loads(out)["outcome"]) == (0, "completed")


def test_options_of_an_import_are_said_in_the_call(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("email,birthDate\na@b.co,2001-02-30\n")
    strict, _, _ = call("check", str(file), "--type", "customers", "--json")
    lenient, out, _ = call("check", str(file), "--type", "customers", "--json", "--option", "on_bad_optional=drop_value")
    assert (strict, lenient) == (1, 0)
    assert [(v["code"], v["severity"]) for v in json.loads(out)["violations"]] == [("CUST_BIRTHDATE", "warning")]


@pytest.mark.parametrize(
    "arguments", [("--option", "no_such_option=1"), ("--mode", "overwrite"), ("--option", "time_zone=Mars/Base"), ("--option", "strict_empty=maybe")]
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_read(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "p.csv"
    file.write_text("email\na@b.co\n")
    status, out, err = call("check", str(file), "--type", "customers", "--json", *arguments)
    assert status == 2
    assert json.loads(out)["error"]["code"] == "MAPPING_OPTION"
    assert "Traceback" not in err
