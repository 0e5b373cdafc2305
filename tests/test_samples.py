"""The bundled files of every type: the good one is loaded as it is, the bad one gives the golden error list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from importer.access import Person
from importer.model import Import, Ledger, Outcome
from importer.schema import load_types
from importer.service import SAMPLES, Importer

GOLDEN = Path(__file__).parent / "golden"
TYPES = [schema.name for schema in load_types().values() if schema.fields]
# What a type with pools says of its samples depends on the pool, see test_pools.
ALONE = [name for name in TYPES if not load_types()[name].pools]


def sample(name: str, kind: str) -> Path:
    """The bundled file of a type, whatever its format."""
    (found,) = SAMPLES.glob(f"{name}_{kind}.*")
    return found


@pytest.mark.parametrize("name", TYPES)
def test_the_good_sample_breaks_no_rule_and_changes_nothing_when_it_is_loaded_again(
    name: str, service: Importer, me: Person, import_file: Callable[..., Import]
) -> None:
    first, second = (import_file(sample(name, "good"), name) for _ in range(2))
    records = first.ledger.records
    assert records >= 8
    assert service.findings(me, first.id) == ()
    assert (first.outcome, first.ledger) == (Outcome.COMPLETED, Ledger(records=records, created=records))
    assert (second.outcome, second.ledger) == (Outcome.COMPLETED, Ledger(records=records, unchanged=records))


@pytest.mark.parametrize("name", ALONE)
def test_the_error_list_of_the_bad_sample_is_the_golden_one(
    name: str, service: Importer, me: Person, import_file: Callable[..., Import]
) -> None:
    job = import_file(sample(name, "bad"), name)
    assert job.outcome is Outcome.PARTIALLY
    assert service.error_list(me, job.id)[0].read_bytes() == (GOLDEN / f"{name}_bad.errors.csv").read_bytes()
    assert service.rejected_records(me, job.id)[0].read_bytes() == (GOLDEN / f"{name}_bad.rejected.csv").read_bytes()


@pytest.mark.parametrize("name", ALONE)
def test_every_column_of_the_samples_finds_its_field(name: str, service: Importer, me: Person) -> None:
    for kind in ("good", "bad"):
        draft = service.draft_from_path(me, sample(name, kind), name)
        recipe = service.suggest_recipe(me, draft.id)
        ignored = load_types()[name].ignored
        left_out = {m.column.lower() for m in recipe.mapping if m.field is None}
        assert left_out <= ({n.lower() for n in ignored.names} if ignored else set())
