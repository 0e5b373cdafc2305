"""Files with known errors, for every type: the importer finds exactly those."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import seeded, types
from importer.access import Person
from importer.config import Settings, load_settings
from importer.documents import import_document
from importer.model import Goal, Import, PoolDetails
from importer.schema import load_types
from importer.service import Importer
from tests.conftest import work_here

RECORDS = 3_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Parts so small that the file has several."""
    return load_settings(tmp_path / "workspace", env={"IMPORTER_BLOCK_BYTES": "100000"})


@pytest.mark.parametrize("name", types.names())
def test_every_seeded_violation_is_found_and_no_other(
    name: str, service: Importer, me: Person, import_file: Callable[..., Import], tmp_path: Path
) -> None:
    file = seeded.write(tmp_path / "seeded.csv", name, RECORDS, at_once=1_100)
    pool = types.pool(name)
    options = {"pool": service.create_pool(me, name, PoolDetails(**pool)).id} if pool else {}
    job = import_file(file.path, name, goal=Goal.CHECK, **options)
    found = seeded.compare(import_document(service, me, job, None), file)
    assert (found.missed, found.invented, found.counted) == ((), (), True)
    assert found.seeded == file.truth.height > 0


@pytest.mark.parametrize("name", types.names())
def test_what_is_found_does_not_depend_on_the_size_of_parts(name: str, tmp_path: Path) -> None:
    file = seeded.write(tmp_path / "seeded.csv", name, 700, at_once=350)
    service = Importer(load_settings(tmp_path / "w", env={"IMPORTER_BLOCK_BYTES": "9000"}))
    me = service.local_person()
    draft = service.draft_from_path(me, file.path, name)
    recipe = service.suggest_recipe(me, draft.id)
    if pool := types.pool(name):
        recipe = service.in_pool(recipe, service.create_pool(me, name, PoolDetails(**pool)))
    service.check(me, draft.id, recipe)
    job = work_here(service, draft.id)
    assert len(service._catalog.parts(job.id)) > 3
    found = seeded.compare(import_document(service, me, job, None), file)
    assert (found.missed, found.invented, found.counted) == ((), (), True)


@pytest.mark.parametrize("name", types.names())
def test_every_seed_is_in_the_file_and_lines_and_records_differ(name: str, tmp_path: Path) -> None:
    file = seeded.write(tmp_path / "seeded.csv", name, RECORDS, at_once=1_100)
    _, seeds = types.load(name)
    grouped = types.grouped(name)
    assert set(file.truth["code"]) == {seed.code for seed in seeds} | ({grouped.code} if grouped else set())
    with file.path.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        names = next(reader)
        starts, line = [], reader.line_num
        for record in reader:
            assert len(record) == len(names)
            starts.append(line + 1)
            line = reader.line_num
    assert len(starts) == RECORDS < starts[-1] - 1
    assert set(file.truth["line"]) <= set(starts)
    schema = load_types()[name]
    assert [n for n in names if schema.resolve(n, None) is None] == []


def test_what_is_missed_and_what_is_invented_is_told(
    service: Importer, me: Person, import_file: Callable[..., Import], tmp_path: Path
) -> None:
    file = seeded.write(tmp_path / "seeded.csv", "customers", 400)
    document = import_document(service, me, import_file(file.path, goal=Goal.CHECK), None)
    one, *others = file.truth.iter_rows()
    fewer = seeded.compare(document, replace(file, truth=file.truth.slice(1)))
    assert (fewer.missed, fewer.invented, fewer.exact) == ((), (one,), False)
    more = seeded.compare({**document, "violations": document["violations"][1:]}, file)
    assert (len(more.missed), more.invented, more.exact) == (1, (), False)
    assert others
