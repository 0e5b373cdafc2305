"""What several tests need: a workspace of their own, and a way to run an import in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Polars takes its threads from the environment when it is first imported.
os.environ.setdefault("POLARS_MAX_THREADS", "2")

import hypothesis
import pytest

from importer.access import Person
from importer.config import Settings, load_settings
from importer.model import Dialect, Goal, Import, PoolDetails, Recipe
from importer.service import Importer
from importer.worker import Worker

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("importer", deadline=None)
hypothesis.settings.load_profile("importer")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "workspace", env={})


@pytest.fixture
def service(settings: Settings) -> Iterator[Importer]:
    importer = Importer(settings)
    yield importer
    importer.stop_worker()


@pytest.fixture
def me(service: Importer) -> Person:
    return service.local_person()


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes text or bytes to a file."""

    def write(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def import_file(service: Importer, me: Person) -> Callable[..., Import]:
    """Takes a file through its stages with a worker in this process; returns how it ended."""

    def run(
        path: Path, type_name: str = "customers", *, goal: Goal = Goal.RUN, dialect: Dialect | None = None, **options: object
    ) -> Import:
        draft = service.draft_from_path(me, path, type_name)
        chosen = in_any_pool(service, service.suggest_recipe(me, draft.id, dialect))
        if options:
            chosen = Recipe.from_dict({**chosen.to_dict(), "options": {**chosen.options, **options}})
        (service.run if goal is Goal.RUN else service.check)(me, draft.id, chosen)
        return work_here(service, draft.id)

    return run


def in_any_pool(service: Importer, recipe: Recipe) -> Recipe:
    """The recipe with a pool chosen where the type has pools: one without prefix that takes every code."""
    me = service.local_person()
    if not service.type(me, recipe.type).pools:
        return recipe
    there = service.pools(me)
    pool = there[0].pool if there else service.create_pool(me, recipe.type, PoolDetails("All codes"))
    return service.in_pool(recipe, pool)


def work_here(service: Importer, import_id: int) -> Import:
    """Claims an import and works on it in this process until it ends."""
    claim = service._catalog.claim("test", 99, 60, only=import_id)
    assert claim is not None
    Worker(service._catalog, service.settings, claim.import_id, claim.fence).run()
    return service.get(service.local_person(), import_id)
