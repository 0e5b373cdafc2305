"""The catalogue: states, queue, fences, lists, and what it says when its database fails."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from importer.catalog import Catalog, Claim
from importer.catalog.migrations import FIRST, STEPS, migrate
from importer.errors import Damaged, DiskFull, LedgerError, LostLease, NotFound, StorageProblem, WorkspaceBusy, WrongStatus
from importer.model import (
    ColumnMap,
    Dialect,
    Goal,
    Import,
    ImportFilter,
    Ledger,
    Outcome,
    Part,
    Position,
    Recipe,
    Source,
    StageName,
    StageStatus,
    Status,
)

ROOT = Path(__file__).resolve().parent.parent
RECIPE = Recipe("customers", "1", Dialect(delimiter=";"), (ColumnMap("E-Mail", "email"), ColumnMap("x")), {"policy": "skip"})
GOOD = Ledger(records=5, created=3, rejected=2)


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(tmp_path: Path, clock: Clock) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite", now=clock)
    yield opened
    opened.close()


def draft(catalog: Catalog, owner: str = "ann", name: str = "a.csv", **values: object) -> int:
    source = Source(name, 10, "0" * 64, "source", "upload")
    given = {"type": "customers", "keep_until": None, **values}
    return catalog.create_import(owner=owner, source=source, **given)  # type: ignore[arg-type]


def queued(catalog: Catalog, owner: str = "ann", goal: Goal = Goal.RUN, **values: object) -> int:
    import_id = draft(catalog, owner, **values)  # type: ignore[arg-type]
    catalog.enqueue(import_id, goal, RECIPE, [Status.DRAFT], restart=True)
    return import_id


def claim(catalog: Catalog, at_once: int = 99, seconds: float = 15.0) -> Claim:
    taken = catalog.claim("worker", at_once, seconds)
    assert taken is not None
    return taken


def running(catalog: Catalog, owner: str = "ann", **values: object) -> Claim:
    queued(catalog, owner, **values)  # type: ignore[arg-type]
    return claim(catalog)


def finish(catalog: Catalog, held: Claim, outcome: Outcome = Outcome.PARTIALLY, ledger: Ledger = GOOD) -> Import:
    catalog.finish(held.import_id, held.fence, status=Status.FINISHED, outcome=outcome, ledger=ledger)
    return catalog.get(held.import_id)


def a_part(number: int, records: int = 2) -> Part:
    return Part(number, Position(), Position(10, 3, records), records, records, 0, 0, 0)


# Drafts ----------------------------------------------------------------------------------------------------------------


def test_a_new_import_comes_back_as_it_was_given(catalog: Catalog, clock: Clock) -> None:
    keep = clock() + timedelta(days=30)
    source = Source("Kunden März.csv", 7_000_000_000, "ab" * 32, "source", "upload")
    import_id = catalog.create_import(
        type="customers", owner="ann", source=source, columns=("E-Mail", "x"), notices=("Two columns had no name.",), recipe=RECIPE,
        keep_until=keep,
    )  # fmt: skip
    found = catalog.get(import_id)
    assert (found.status, found.goal, found.source, found.owner) == (Status.DRAFT, Goal.CHECK, source, "ann")
    assert (found.recipe, found.columns, found.notices) == (RECIPE, ("E-Mail", "x"), ("Two columns had no name.",))
    assert (found.created_at, found.keep_until, found.started_at) == (clock(), keep, None)
    assert (found.process.status, found.load.status) == (StageStatus.WAITING, StageStatus.WAITING)


def test_text_that_no_database_takes_is_kept_as_far_as_possible(catalog: Catalog) -> None:
    import_id = draft(catalog, name="a\udcff\x00b.csv", columns=["\ud800"])
    assert catalog.get(import_id).source.name == "a?\ufffdb.csv"
    assert catalog.get(import_id).columns == ("\ud800",)


def test_an_unknown_import_is_not_found(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="#7"):
        catalog.get(7)
    with pytest.raises(NotFound):
        catalog.request_cancel(7, "ann")


def test_the_number_of_a_deleted_draft_is_not_given_again(catalog: Catalog) -> None:
    first = draft(catalog)
    assert catalog.delete(first)
    assert not catalog.delete(first)
    assert draft(catalog) > first


def test_deleting_removes_stages_parts_and_log(catalog: Catalog, tmp_path: Path) -> None:
    held = running(catalog, goal=Goal.CHECK)
    catalog.add_part(held.import_id, held.fence, a_part(1), {})
    catalog.log(held.import_id, "hello")
    catalog.mark_checked(held.import_id, held.fence, ledger=GOOD)
    assert catalog.delete(held.import_id)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as raw:
        assert [raw.execute(f"select count(*) from {t}").fetchone()[0] for t in ("imports", "stages", "parts", "log")] == [0] * 4


def test_an_import_that_runs_or_has_ended_is_neither_changed_nor_deleted(catalog: Catalog) -> None:
    held = running(catalog)
    for _ in range(2):
        assert not catalog.delete(held.import_id)
        with pytest.raises(WrongStatus, match="cannot be changed"):
            catalog.update_draft(held.import_id, columns=["b"])
        if catalog.get(held.import_id).status is Status.RUNNING:
            finish(catalog, held)


def test_a_draft_can_be_changed(catalog: Catalog) -> None:
    import_id = draft(catalog)
    changed = catalog.update_draft(import_id, columns=["b"], notices=["n"], recipe=RECIPE, type="products", source_path="other")
    assert (changed.columns, changed.notices, changed.recipe) == (("b",), ("n",), RECIPE)
    assert (changed.type, changed.source.path) == ("products", "other")
    with pytest.raises(TypeError, match="owner"):
        catalog.update_draft(import_id, owner="bob")


# Queue -----------------------------------------------------------------------------------------------------------------


def test_of_two_who_start_the_same_import_one_is_told_what_is_possible(catalog: Catalog) -> None:
    import_id = queued(catalog)
    with pytest.raises(WrongStatus, match="waits for its turn") as refused:
        catalog.enqueue(import_id, Goal.RUN, RECIPE, [Status.DRAFT], restart=True)
    assert "cancel it" in refused.value.fix


def test_an_import_whose_file_was_deleted_cannot_be_started(catalog: Catalog) -> None:
    import_id = draft(catalog)
    catalog.set_source(import_id, None)
    with pytest.raises(WrongStatus, match="was deleted") as refused:
        catalog.enqueue(import_id, Goal.RUN, RECIPE, [Status.DRAFT], restart=True)
    assert "Upload" in refused.value.fix


def test_the_file_of_an_import_that_waits_or_runs_is_not_given_up(catalog: Catalog) -> None:
    import_id = queued(catalog)
    with pytest.raises(WrongStatus):
        catalog.set_source(import_id, None)
    claim(catalog)
    with pytest.raises(WrongStatus):
        catalog.set_source(import_id, None)


def test_the_queue_is_fair_between_people(catalog: Catalog) -> None:
    ann = [queued(catalog, "ann") for _ in range(3)]
    bob = [queued(catalog, "bob") for _ in range(2)]
    cid = [queued(catalog, "cid")]
    order = [claim(catalog).import_id for _ in range(6)]
    assert order == [ann[0], bob[0], cid[0], ann[1], bob[1], ann[2]]
    assert catalog.claim("worker", 99, 15) is None


def test_not_more_are_claimed_than_may_run_at_once(catalog: Catalog, clock: Clock) -> None:
    for _ in range(3):
        queued(catalog)
    assert claim(catalog, at_once=2) != claim(catalog, at_once=2)
    assert catalog.claim("worker", 2, 15) is None
    clock.go(seconds=16)
    assert catalog.claim("worker", 2, 15) is not None, "those with a dead worker leave their places"


def test_only_the_wanted_import_is_claimed(catalog: Catalog) -> None:
    queued(catalog)
    second = queued(catalog)
    taken = catalog.claim("cli", 2, 15, only=second)
    assert taken is not None
    assert taken.import_id == second
    assert catalog.claim("cli", 2, 15, only=second) is None


def test_eight_threads_claim_one_import_once(catalog: Catalog) -> None:
    queued(catalog)
    taken: list[Claim | None] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        taken.append(catalog.claim("worker", 8, 15))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 8
    assert len([t for t in taken if t]) == 1


def test_four_processes_open_a_new_workspace_at_once_and_share_its_queue(tmp_path: Path) -> None:
    path = tmp_path / "new" / "catalog.sqlite"
    program = (
        "import sys; from pathlib import Path; from importer.catalog import Catalog; from importer.model import *\n"
        "c = Catalog(Path(sys.argv[1])); s = Source('a', 1, 'x', 'p', 'cli')\n"
        "for _ in range(5):\n"
        "    i = c.create_import(type='t', owner='o', source=s, keep_until=None)\n"
        "    c.enqueue(i, Goal.RUN, None, [Status.DRAFT], restart=True)\n"
        "for _ in range(5): print(c.claim('w', 99, 60).import_id)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    children = [subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, env=environment) for _ in range(4)]
    claimed = [int(line) for child in children for line in child.communicate(timeout=60)[0].split()]
    assert sorted(claimed) == list(range(1, 21))


# Fences ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda c, i, f: c.heartbeat(i, f, 15),
        lambda c, i, f: c.progress(i, f, StageName.PROCESS, done=99),
        lambda c, i, f: c.add_part(i, f, a_part(9), {}),
        lambda c, i, f: c.clear_parts(i, f),
        lambda c, i, f: c.record_result(i, f, ledger=GOOD, columns=["late"]),
        lambda c, i, f: c.mark_checked(i, f, ledger=GOOD),
        lambda c, i, f: c.begin_commit(i, f),
        lambda c, i, f: c.finish(i, f, status=Status.FINISHED, outcome=Outcome.COMPLETED, ledger=Ledger()),
        lambda c, i, f: c.finish_cancelled(i, f),
        lambda c, i, f: c.release(i, f),
    ],
)
def test_a_worker_that_was_replaced_can_write_nothing(catalog: Catalog, clock: Clock, write: Callable[[Catalog, int, int], object]) -> None:
    late = running(catalog)
    catalog.add_part(late.import_id, late.fence, a_part(1), {})
    clock.go(seconds=16)
    assert catalog.take_back_dead(3) == [late.import_id]
    with pytest.raises(LostLease):
        write(catalog, late.import_id, late.fence)  # it is queued
    assert claim(catalog) == replace(late, fence=late.fence + 1)
    before = catalog.get(late.import_id), catalog.parts(late.import_id)
    with pytest.raises(LostLease):
        write(catalog, late.import_id, late.fence)  # another one works on it
    assert (catalog.get(late.import_id), catalog.parts(late.import_id)) == before
    assert not catalog.take_back(late.import_id, late.fence, 3)


def test_a_heartbeat_keeps_the_lease(catalog: Catalog, clock: Clock) -> None:
    held = running(catalog)
    for _ in range(5):
        clock.go(seconds=10)
        assert catalog.take_back_dead(3) == []
        assert not catalog.heartbeat(held.import_id, held.fence, 15)


def test_an_import_that_was_given_back_keeps_its_place(catalog: Catalog) -> None:
    held = running(catalog)
    queued(catalog)
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING, done=3)
    catalog.release(held.import_id, held.fence)
    waiting = catalog.get(held.import_id)
    assert (waiting.status, waiting.process.status, waiting.process.done) == (Status.QUEUED, StageStatus.WAITING, 3)
    assert claim(catalog).import_id == held.import_id


# What workers write ----------------------------------------------------------------------------------------------------


def test_progress_sets_attributes_of_one_stage_and_its_times(catalog: Catalog, clock: Clock) -> None:
    held = running(catalog)
    began = clock()
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING, total=10, step="Reading")
    clock.go(seconds=3)
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.COMPLETED, done=10, rate=3.5, step="")
    found = catalog.get(held.import_id)
    assert (found.process.done, found.process.total, found.process.rate) == (10, 10, 3.5)
    assert (found.process.started_at, found.process.finished_at) == (began, clock())
    assert found.load.status is StageStatus.WAITING
    with pytest.raises(TypeError, match="speed"):
        catalog.progress(held.import_id, held.fence, StageName.LOAD, speed=1)


def test_parts_come_back_in_order_and_one_of_the_same_number_is_replaced(catalog: Catalog) -> None:
    held = running(catalog)
    for number, records in ((2, 5), (1, 4), (2, 6)):
        catalog.add_part(held.import_id, held.fence, a_part(number, records), {"sizes": {"records": records}})
    assert catalog.parts(held.import_id) == [
        (a_part(1, 4), {"sizes": {"records": 4}}),
        (a_part(2, 6), {"sizes": {"records": 6}}),
    ]
    catalog.clear_parts(held.import_id, held.fence, after=1)
    assert [part.number for part, _ in catalog.parts(held.import_id)] == [1]
    catalog.clear_parts(held.import_id, held.fence)
    assert catalog.parts(held.import_id) == []


def test_results_are_recorded(catalog: Catalog) -> None:
    held = running(catalog)
    catalog.record_result(held.import_id, held.fence, ledger=GOOD, columns=("a",), notices=("n",), warnings=1, repairs=2, violations=3)
    found = catalog.get(held.import_id)
    assert (found.ledger, found.columns, found.notices) == (GOOD, ("a",), ("n",))
    assert (found.warnings, found.repairs, found.violations) == (1, 2, 3)


def test_a_check_ends_as_checked_and_can_then_be_loaded(catalog: Catalog) -> None:
    held = running(catalog, goal=Goal.CHECK)
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.COMPLETED)
    assert catalog.mark_checked(held.import_id, held.fence, ledger=GOOD, warnings=4)
    found = catalog.get(held.import_id)
    assert (found.status, found.outcome, found.ledger, found.warnings) == (Status.CHECKED, None, GOOD, 4)
    again = catalog.enqueue(held.import_id, Goal.RUN, None, [Status.CHECKED], restart=False)
    assert (again.process.status, again.goal, again.ledger, again.recipe) == (StageStatus.COMPLETED, Goal.RUN, GOOD, RECIPE)


def test_a_ledger_that_does_not_add_up_ends_nothing(catalog: Catalog) -> None:
    held = running(catalog)
    wrong = Ledger(records=5, created=3, rejected=1)
    with pytest.raises(LedgerError, match="5 in the file, 3 loaded"):
        finish(catalog, held, ledger=wrong)
    with pytest.raises(LedgerError):
        catalog.mark_checked(held.import_id, held.fence, ledger=wrong)
    found = catalog.get(held.import_id)
    assert (found.status, found.ledger) == (Status.RUNNING, Ledger())


def test_an_end_is_written_whole_and_once(catalog: Catalog, clock: Clock) -> None:
    held = running(catalog)
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING, seconds_left=9.0)
    catalog.finish(
        held.import_id, held.fence, status=Status.FINISHED, outcome=Outcome.ERRORS, ledger=Ledger(records=2, rejected=2),
        reason="It broke.", fix="Mend it.", error_code="FILE_BROKEN", error_line=7,
    )  # fmt: skip
    found = catalog.get(held.import_id)
    assert (found.status, found.outcome, found.finished_at) == (Status.FINISHED, Outcome.ERRORS, clock())
    assert (found.reason, found.fix, found.error_code, found.error_line) == ("It broke.", "Mend it.", "FILE_BROKEN", 7)
    assert (found.process.status, found.process.seconds_left) == (StageStatus.FAILED, None)
    with pytest.raises(LostLease):
        finish(catalog, held)


def test_resuming_keeps_what_was_done_and_restarting_does_not(catalog: Catalog) -> None:
    for restart in (False, True):
        held = running(catalog)
        catalog.add_part(held.import_id, held.fence, a_part(1), {})
        catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING, done=2)
        finish(catalog, held, Outcome.ERRORS, Ledger(records=2, unprocessed=2))
        again = catalog.enqueue(held.import_id, Goal.RUN, None, [Status.FINISHED], restart=restart)
        assert (again.status, again.outcome, again.reason, again.finished_at) == (Status.QUEUED, None, None, None)
        assert again.process.status is StageStatus.WAITING
        kept = (again.process.done, again.ledger.records, len(catalog.parts(held.import_id)), again.started_at is not None)
        assert kept == ((0, 0, 0, False) if restart else (2, 2, 1, True))
        claim(catalog)


# Cancelling ------------------------------------------------------------------------------------------------------------


def test_what_does_not_run_is_cancelled_at_once(catalog: Catalog) -> None:
    found = catalog.request_cancel(queued(catalog), "bob")
    assert (found.status, found.outcome) == (Status.CANCELLED, Outcome.ERRORS)
    assert found.reason == "Cancelled by bob before it started. Nothing was loaded."
    held = running(catalog, goal=Goal.CHECK)
    catalog.mark_checked(held.import_id, held.fence, ledger=GOOD)
    found = catalog.request_cancel(held.import_id, "bob")
    assert found.reason == "Cancelled by bob before it was loaded. Nothing was loaded."
    assert found.ledger == Ledger(records=5, rejected=2, unprocessed=3), "what would have been loaded was not"


def test_what_runs_is_asked_to_stop(catalog: Catalog) -> None:
    held = running(catalog)
    catalog.progress(held.import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING)
    catalog.add_part(held.import_id, held.fence, a_part(1, 7), {})
    asked = catalog.request_cancel(held.import_id, "bob")
    assert (asked.status, asked.cancel_requested) == (Status.RUNNING, True)
    assert catalog.held([held, Claim(held.import_id, 99)]) == {held: True}
    assert catalog.heartbeat(held.import_id, held.fence, 15)
    catalog.finish_cancelled(held.import_id, held.fence)
    found = catalog.get(held.import_id)
    assert (found.status, found.outcome, found.cancel_requested) == (Status.CANCELLED, Outcome.ERRORS, False)
    assert found.reason == "Cancelled by bob while it was running. Nothing was loaded."
    assert found.ledger == Ledger(records=7, unprocessed=7)
    assert (found.process.status, found.load.status) == (StageStatus.CANCELLED, StageStatus.CANCELLED)


def test_a_cancel_before_the_point_of_no_return_wins_and_one_after_it_is_refused(catalog: Catalog) -> None:
    early = running(catalog)
    catalog.request_cancel(early.import_id, "bob")
    assert not catalog.begin_commit(early.import_id, early.fence)
    late = running(catalog)
    assert catalog.begin_commit(late.import_id, late.fence)
    with pytest.raises(WrongStatus, match="writing its records"):
        catalog.request_cancel(late.import_id, "bob")
    assert finish(catalog, late).outcome is Outcome.PARTIALLY


def test_an_import_that_died_while_writing_is_never_said_to_have_loaded_nothing(catalog: Catalog) -> None:
    held = running(catalog)
    catalog.begin_commit(held.import_id, held.fence)
    assert catalog.take_back(held.import_id, held.fence, 3)
    with pytest.raises(WrongStatus, match="writing its records"):
        catalog.request_cancel(held.import_id, "bob")
    assert catalog.take_back(held.import_id, claim(catalog).fence, 1)
    assert "is not known" in str(catalog.get(held.import_id).reason)


def test_a_cancel_during_the_last_moment_of_a_check_is_heeded(catalog: Catalog) -> None:
    held = running(catalog, goal=Goal.CHECK)
    catalog.request_cancel(held.import_id, "bob")
    assert not catalog.mark_checked(held.import_id, held.fence, ledger=GOOD)
    assert catalog.get(held.import_id).status is Status.CANCELLED


def test_a_cancelled_import_whose_worker_dies_or_stops_is_not_run_again(catalog: Catalog, clock: Clock) -> None:
    dead, stopped = running(catalog), running(catalog)
    for held in (dead, stopped):
        catalog.request_cancel(held.import_id, "bob")
    catalog.release(stopped.import_id, stopped.fence)
    clock.go(seconds=16)
    assert catalog.take_back_dead(3) == [dead.import_id]
    assert [catalog.get(held.import_id).status for held in (dead, stopped)] == [Status.CANCELLED] * 2


def test_what_has_ended_cannot_be_cancelled(catalog: Catalog) -> None:
    held = running(catalog)
    finish(catalog, held)
    with pytest.raises(WrongStatus, match="has ended, so it cannot be cancelled"):
        catalog.request_cancel(held.import_id, "bob")
    with pytest.raises(WrongStatus, match="was not checked yet"):
        catalog.request_cancel(draft(catalog), "bob")


# Dead workers ----------------------------------------------------------------------------------------------------------


def test_an_import_is_given_up_after_some_deaths_without_a_new_part(catalog: Catalog, clock: Clock) -> None:
    import_id = queued(catalog)
    for death in range(5):
        held = claim(catalog)
        catalog.progress(import_id, held.fence, StageName.PROCESS, status=StageStatus.RUNNING, step="Reading and checking")
        if death < 3:
            catalog.add_part(import_id, held.fence, a_part(death + 1), {})
        else:
            catalog.add_part(import_id, held.fence, a_part(3), {})  # only done again
        clock.go(seconds=16)
        assert catalog.take_back_dead(3) == [import_id]
        assert catalog.get(import_id).status is (Status.QUEUED if death < 4 else Status.FINISHED)
    found = catalog.get(import_id)
    assert (found.outcome, found.error_code) == (Outcome.ERRORS, "WORKER_STOPPED")
    assert "3 times" in str(found.reason)
    assert "Reading and checking" in str(found.reason)
    assert "Resume" in str(found.fix)
    assert found.ledger == Ledger(records=6, unprocessed=6)
    assert found.process.status is StageStatus.FAILED
    catalog.enqueue(import_id, Goal.RUN, None, [Status.FINISHED], restart=False)
    clock.go(seconds=16)
    assert catalog.take_back(import_id, claim(catalog).fence, 3)
    assert catalog.get(import_id).status is Status.QUEUED, "a person who resumes gives it new attempts"


# Lists -----------------------------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_leaves_drafts_out(catalog: Catalog) -> None:
    ids = [queued(catalog, name=f"{n}.csv") for n in range(5)]
    draft(catalog)
    page, total = catalog.list(ImportFilter(), 1, 2)
    assert ([found.id for found in page], total) == ([ids[3], ids[2]], 5)
    assert catalog.list(ImportFilter(), 10, 2) == ([], 5)


def test_the_list_is_filtered(catalog: Catalog) -> None:
    ends = {Outcome.COMPLETED: Ledger(1, 1), Outcome.PARTIALLY: GOOD, Outcome.ERRORS: Ledger(1, rejected=1)}
    done = {outcome: finish(catalog, running(catalog, "bob"), outcome, ledger).id for outcome, ledger in ends.items()}
    checked = running(catalog, goal=Goal.CHECK, type="products")
    catalog.mark_checked(checked.import_id, checked.fence, ledger=GOOD)
    cancelled = catalog.request_cancel(queued(catalog, name="Straße_50%.csv"), "ann").id
    active, waiting = running(catalog).import_id, queued(catalog, name="STRASSE.csv")

    def ids(**chosen: str) -> set[int]:
        found, total = catalog.list(ImportFilter(**chosen), 0, 20)
        assert len(found) == total
        return {one.id for one in found}

    assert ids(state="completed") == {done[Outcome.COMPLETED]}
    assert ids(state="partially") == {done[Outcome.PARTIALLY]}
    assert ids(state="errors") == {done[Outcome.ERRORS]}
    assert ids(state="cancelled") == {cancelled}
    assert ids(state="checked") == {checked.import_id} == ids(type="products")
    assert ids(state="running") == {active, waiting}
    assert ids(owner="bob") == set(done.values())
    assert ids(search="strasse") == {cancelled, waiting}
    assert ids(search="50%") == {cancelled}
    assert ids(search="_5") == {cancelled}
    assert ids(search=f"#{active}") == {active} == ids(search=f" {active} ")
    assert ids(search="' or 1=1 --") == set()
    assert catalog.owners() == ["ann", "bob"]
    with pytest.raises(NotFound, match="no state"):
        ids(state="nonsense")


def test_the_summary_counts_the_week_by_days(catalog: Catalog, clock: Clock) -> None:
    today = clock()
    for days_ago, ledger in ((14, GOOD), (13, GOOD), (7, GOOD), (6, GOOD), (1, GOOD), (0, Ledger(9, 1, 2, 3, 1, 1, 1))):
        clock.time = today - timedelta(days=days_ago, hours=1)
        finish(catalog, running(catalog), ledger=ledger)
    clock.time = today
    queued(catalog)
    draft(catalog)
    found = catalog.summary()
    assert found.imports == (1, 0, 0, 0, 0, 1, 2)
    assert found.loaded == (3, 0, 0, 0, 0, 3, 6)
    assert found.rejected == (2, 0, 0, 0, 0, 2, 1)
    assert (found.imports_before, found.loaded_before, found.rejected_before) == (2, 6, 4)
    assert (found.running, found.queued, found.waiting, found.total) == (0, 1, 0, 7)


def test_the_list_and_summary_are_fast_with_ten_thousand_imports(catalog: Catalog, tmp_path: Path) -> None:
    columns = [f"A column with a rather long name {n}" for n in range(40)]
    recipe = replace(RECIPE, mapping=tuple(ColumnMap(name, f"attributes.{name}", "string") for name in columns))
    template = running(catalog, name="template.csv", columns=columns, recipe=recipe)
    finish(catalog, template)
    copy_imports(tmp_path / "catalog.sqlite", 10_000)
    slowest = {}
    for name, chosen, offset in (
        ("newest", ImportFilter(), 0),
        ("last page", ImportFilter(), 9_980),
        ("search", ImportFilter(search="file_77"), 0),
        ("rare", ImportFilter(state="completed"), 0),
        ("owner", ImportFilter(owner="person 3", state="partially"), 100),
    ):
        slowest[name] = best_of(lambda chosen=chosen, offset=offset: catalog.list(chosen, offset, 20))  # type: ignore[misc]
    slowest["summary"] = best_of(catalog.summary)
    slowest["owners"] = best_of(catalog.owners)
    print({name: f"{seconds * 1000:.1f} ms" for name, seconds in slowest.items()})
    assert catalog.list(ImportFilter(search="file_77"), 0, 20)[1] == 111
    assert max(slowest.values()) < 0.05, slowest


def copy_imports(path: Path, count: int) -> None:
    with sqlite3.connect(path) as raw:
        names = [row[1] for row in raw.execute("pragma table_info(imports)") if row[1] not in ("id", "owner", "source_folded")]
        listed = ", ".join(names)
        raw.execute(
            f"with recursive n(i) as (select 2 union all select i + 1 from n where i < {count}) "
            f"insert into imports (id, owner, source_folded, {listed}) "
            f"select i, 'person ' || (i % 7), 'file_' || i || '.csv', {listed} from n, imports where id = 1"
        )
        raw.execute("insert into stages select i.id, s.name, " + STAGE_COLUMNS + " from imports i, stages s where i.id > 1")


STAGE_COLUMNS = (
    "s.status, s.done, s.total, s.bytes_done, s.bytes_total, s.rate, s.seconds_left, s.step, s.started_at, s.finished_at, s.seconds"
)


def best_of(call: Callable[[], object], times: int = 5) -> float:
    """The fastest of a few calls: what the work costs, not what else the machine did."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took)


# Notes and retention ---------------------------------------------------------------------------------------------------


def test_the_log_is_kept_in_order(catalog: Catalog, clock: Clock) -> None:
    import_id = draft(catalog)
    catalog.log(import_id, "first")
    clock.go(hours=-1)  # the clock was set back
    catalog.log(import_id, "second", "warning")
    catalog.log(99, "nobody's")
    assert [(e.text, e.level) for e in catalog.log_entries(import_id)] == [("first", "info"), ("second", "warning")]
    assert catalog.log_entries(99) == []


def test_files_whose_time_is_over_are_found_once(catalog: Catalog, clock: Clock) -> None:
    soon = clock() + timedelta(days=1)
    old = running(catalog, keep_until=soon)
    finish(catalog, old)
    queued(catalog, keep_until=soon)
    finish(catalog, claim(catalog))
    busy = running(catalog, keep_until=soon)
    assert catalog.expired() == []
    clock.go(days=2)
    assert [found.id for found in catalog.expired()] == [old.import_id, old.import_id + 1]
    catalog.set_source(old.import_id, None)
    assert busy.import_id not in [found.id for found in catalog.expired()]
    assert catalog.get(old.import_id).source.path is None


def test_old_drafts_are_found(catalog: Catalog, clock: Clock) -> None:
    old = draft(catalog)
    queued(catalog)
    clock.go(hours=25)
    draft(catalog)
    assert [found.id for found in catalog.old_drafts(clock() - timedelta(hours=24))] == [old]


def test_custom_fields_keep_their_first_data_type(catalog: Catalog) -> None:
    catalog.add_custom_fields("customers", {"attributes.size": "integer", "attributes.color": "string"})
    catalog.add_custom_fields("customers", {"attributes.size": "string"})
    assert catalog.custom_fields("customers") == {"attributes.color": "string", "attributes.size": "integer"}
    assert catalog.custom_fields("products") == {}


def test_a_secret_is_made_once_even_by_many_at_the_same_time(catalog: Catalog) -> None:
    assert catalog.setting("secret") is None
    start, values = threading.Barrier(8), []

    def ask(n: int) -> None:
        start.wait()
        values.append(catalog.setting_once("secret", lambda: f"made by {n}"))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(values) == 8
    assert set(values) == {catalog.setting("secret")}


# The database ----------------------------------------------------------------------------------------------------------


def test_everything_is_there_after_opening_it_again(catalog: Catalog, tmp_path: Path) -> None:
    held = running(catalog)
    catalog.add_part(held.import_id, held.fence, a_part(1), {"x": 1})
    before = catalog.get(held.import_id)
    again = Catalog(tmp_path / "catalog.sqlite")
    assert again.get(held.import_id) == before
    assert len(again.parts(held.import_id)) == 1
    again.close()


def test_only_the_owner_of_the_workspace_can_read_it(catalog: Catalog, tmp_path: Path) -> None:
    draft(catalog)
    rights = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("catalog.sqlite*")}
    assert rights == dict.fromkeys(("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"), "0o600")


def test_a_workspace_of_a_newer_program_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.sqlite") as raw:
        raw.execute("update schema_version set version = 99")
    with pytest.raises(Damaged, match="newer version of the importer") as refused:
        Catalog(tmp_path / "catalog.sqlite")
    assert "Update" in refused.value.fix


def test_a_migration_is_applied_once_and_wholly_or_not_at_all(tmp_path: Path) -> None:
    newest = FIRST + len(STEPS)
    Catalog(tmp_path / "catalog.sqlite").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")

    def add(connection: Connection) -> None:
        connection.execute(text("create table added (x integer)"))

    def fail(connection: Connection) -> None:
        connection.execute(text("create table half (x integer)"))
        raise RuntimeError("stop")

    for _ in range(2):
        with engine.begin() as connection:
            assert migrate(connection, (*STEPS, add)) == newest + 1
    raw = sqlite3.connect(tmp_path / "catalog.sqlite", isolation_level=None)
    as_the_store_does = create_engine("sqlite://", creator=lambda: raw)
    with as_the_store_does.connect() as connection:
        connection.exec_driver_sql("begin immediate")
        with pytest.raises(RuntimeError, match="stop"):
            migrate(connection, (*STEPS, add, fail))
    with engine.connect() as connection:
        tables = set(connection.execute(text("select name from sqlite_master")).scalars())
        version = connection.execute(text("select version from schema_version")).scalar_one()
    engine.dispose()
    assert ("added" in tables, "half" in tables, version) == (True, False, newest + 1)


def test_a_workspace_of_the_first_version_gets_the_table_of_types_and_keeps_its_imports(catalog: Catalog, tmp_path: Path) -> None:
    import_id = draft(catalog)
    catalog.close()
    with sqlite3.connect(tmp_path / "catalog.sqlite") as raw:
        raw.execute("drop table type_documents")
        raw.execute("drop table pools")
        raw.execute("update schema_version set version = 1")
    upgraded = Catalog(tmp_path / "catalog.sqlite")
    assert upgraded.save_type("prices", "Prices", "fields: []", "ann").version == 1
    assert upgraded.get(import_id).source.name == "a.csv"
    upgraded.close()


def test_a_file_that_is_no_catalogue_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"these are not the bytes of a database" * 100)
    with pytest.raises(Damaged) as refused:
        Catalog(path)
    assert "backup" in refused.value.fix


def test_a_page_that_is_overwritten_is_called_damaged(catalog: Catalog, tmp_path: Path) -> None:
    draft(catalog)
    catalog.close()
    path = tmp_path / "catalog.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as f:
        f.seek(4096)
        f.write(b"\xff" * (size - 4096))
    with pytest.raises(Damaged):
        Catalog(path).get(1)


def test_a_folder_that_cannot_be_made_is_a_storage_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageProblem, match="cannot be written"):
        Catalog(tmp_path / "file" / "catalog.sqlite")


def test_a_workspace_that_is_locked_for_too_long_is_busy(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.close()
    monkeypatch.setattr("importer.catalog.store.BUSY_SECONDS", 0.2)
    blocker = sqlite3.connect(tmp_path / "catalog.sqlite", isolation_level=None)
    blocker.execute("begin immediate")
    with pytest.raises(WorkspaceBusy, match="in use"):
        Catalog(tmp_path / "catalog.sqlite")
    blocker.execute("rollback")
    blocker.close()


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from importer.catalog import Catalog; from importer.model import *\n"
        "from importer.errors import DiskFull\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "c = Catalog(Path(sys.argv[1])); made = 0\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))\n"
        "s = Source('a', 1, 'x', 'p', 'cli')\n"
        "try:\n"
        "    for _ in range(2000): c.create_import(type='t', owner='o', source=s, notices=['n' * 5000], keep_until=None); made += 1\n"
        "except DiskFull as error: print(made, error.fix)\n"
    )
    path = tmp_path / "catalog.sqlite"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, env=environment, timeout=60)
    made, _, fix = said.stdout.partition(" ")
    assert "Free space" in fix, said.stderr
    again = Catalog(path)
    assert len(again.old_drafts(datetime(2100, 1, 1, tzinfo=UTC))) == int(made) > 10
    again.close()
    assert issubclass(DiskFull, StorageProblem)
