"""The supervisor: fair starts, limits, deaths, cancels, and several of them on one workspace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from importer import supervisor as supervisor_module
from importer.catalog import Catalog, Claim, utc_now
from importer.config import Settings
from importer.errors import LostLease
from importer.model import Goal, Ledger, Outcome, Source, StageName, StageStatus, Status
from importer.supervisor import Supervisor

# A worker as it should be: it keeps its lease, does its part, and ends when it is asked to.
WORKER = """
import sys, time
from pathlib import Path
from importer.catalog import Catalog
from importer.model import Ledger, Outcome, Status
path, number, fence, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
catalog, until = Catalog(path), time.monotonic() + seconds
while time.monotonic() < until:
    if catalog.heartbeat(number, fence, 15):
        catalog.finish_cancelled(number, fence)
        sys.exit()
    time.sleep(0.05)
catalog.finish(number, fence, status=Status.FINISHED, outcome=Outcome.COMPLETED, ledger=Ledger(1, 1))
"""
SLEEP = ["sleep", "60"]
STUBBORN = ["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path, imports_at_once=2, max_attempts=3)


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    opened = Catalog(settings.catalog_path)
    yield opened
    opened.close()


@pytest.fixture
def supervise(catalog: Catalog, settings: Settings) -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors that are stopped in the end."""
    made: list[Supervisor] = []

    def make(command: Callable[[Claim], list[str]] | None, **changes: object) -> Supervisor:
        changed = replace(settings, **{k: v for k, v in changes.items() if k != "only"})  # type: ignore[arg-type]
        made.append(Supervisor(catalog, changed, changes.get("only"), command))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.stop()


def queued(catalog: Catalog, owner: str = "ann") -> int:
    source = Source("a.csv", 1, "0" * 64, "source", "upload")
    import_id = catalog.create_import(type="customers", owner=owner, source=source, keep_until=None)
    catalog.enqueue(import_id, Goal.RUN, None, [Status.DRAFT], restart=True)
    return import_id


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> float:
    """Waits until the condition holds; returns how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids(supervisor: Supervisor) -> dict[int, int]:
    return {claim.import_id: child.process.pid for claim, child in supervisor._children.items()}


def counting(catalog: Catalog, started: list[int], command: list[str]) -> Callable[[Claim], list[str]]:
    """A command that writes down what is started."""

    def start(claim: Claim) -> list[str]:
        started.append(claim.import_id)
        return command

    return start


def test_an_import_is_worked_on_by_a_process_of_its_own_and_ends(
    catalog: Catalog, settings: Settings, supervise: Callable[..., Supervisor]
) -> None:
    program = settings.workspace / "worker.py"
    program.write_text(WORKER)
    arguments = [sys.executable, str(program), str(settings.catalog_path)]
    supervisor = supervise(lambda claim: [*arguments, str(claim.import_id), str(claim.fence), "0.2"])
    ids = [queued(catalog) for _ in range(3)]
    supervisor.start()
    supervisor.start()
    wait_for(lambda: all(catalog.get(i).outcome is Outcome.COMPLETED for i in ids))
    assert [catalog.get(i).fence for i in ids] == [1, 1, 1]
    assert [entry for i in ids for entry in catalog.log_entries(i)] == []


def test_the_real_worker_is_found_from_any_folder(settings: Settings, catalog: Catalog, tmp_path: Path) -> None:
    command = Supervisor(catalog, settings)._worker_command(Claim(7, 3))
    assert command == [sys.executable, "-m", "importer.worker", "7", "--fence", "3", "--workspace", str(tmp_path)]
    (tmp_path / "importer.py").write_text("raise SystemExit('the wrong one')")
    said = subprocess.run(
        [sys.executable, "-c", "import importer; print(importer.__file__)"],
        cwd=tmp_path, env=supervisor_module._environment(), capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert Path(said.stdout.strip()) == Path(supervisor_module.importer.__file__), said.stderr


def test_what_a_worker_says_goes_to_a_file_of_its_import(
    catalog: Catalog, settings: Settings, supervise: Callable[..., Supervisor]
) -> None:
    supervisor = supervise(lambda _: ["sh", "-c", "echo out; echo err >&2; exec sleep 60"])
    import_id = queued(catalog)
    supervisor.tick()
    path = settings.imports_path / str(import_id) / "worker.log"
    wait_for(lambda: path.read_text() == "out\nerr\n")


def test_no_more_run_at_once_than_allowed_and_people_take_turns(catalog: Catalog, supervise: Callable[..., Supervisor]) -> None:
    started: list[int] = []
    supervisor = supervise(counting(catalog, started, SLEEP), imports_at_once=3)
    ann = [queued(catalog, "ann") for _ in range(5)]
    bob, cid = queued(catalog, "bob"), queued(catalog, "cid")
    for _ in range(3):
        supervisor.tick()
    assert started == [ann[0], bob, cid]
    assert catalog.summary().running == 3


def test_an_import_goes_on_at_once_when_its_worker_is_killed(
    catalog: Catalog, supervise: Callable[..., Supervisor], caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = supervise(lambda claim: ["sh", "-c", "echo what it said last; exec sleep 60"])
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    first = pids(supervisor)[import_id]
    time.sleep(0.2)
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: pids(supervisor).get(import_id, first) != first) < 2, "long before the lease is over"
    assert catalog.get(import_id).fence == 2
    assert "signal 9 (SIGKILL)\nwhat it said last" in caplog.text
    entries = [entry.text for entry in catalog.log_entries(import_id)]
    assert entries == ["The worker ended unexpectedly, by signal 9 (SIGKILL)."]


@pytest.mark.parametrize("command", [["sh", "-c", "exit 3"], ["true"], ["/no/such/program"]])
def test_an_import_whose_worker_always_ends_too_early_is_given_up(
    catalog: Catalog, supervise: Callable[..., Supervisor], command: list[str]
) -> None:
    started: list[int] = []
    supervisor = supervise(counting(catalog, started, command))
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: catalog.get(import_id).status is Status.FINISHED)
    found = catalog.get(import_id)
    assert (found.outcome, found.error_code) == (Outcome.ERRORS, "WORKER_STOPPED")
    assert started == [import_id] * 3


@pytest.mark.parametrize("command", [SLEEP, STUBBORN])
def test_a_cancel_takes_effect_within_two_seconds_even_if_the_worker_does_not_listen(
    catalog: Catalog, supervise: Callable[..., Supervisor], command: list[str]
) -> None:
    supervisor = supervise(lambda _: command)
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    pid = pids(supervisor)[import_id]
    time.sleep(0.3)
    catalog.request_cancel(import_id, "bob")
    took = wait_for(lambda: catalog.get(import_id).status is Status.CANCELLED)
    print(f"cancelled after {took:.2f} s")
    assert took < 2.5, "2 s and what a busy machine adds"
    found = catalog.get(import_id)
    assert found.reason == "Cancelled by bob while it was running. Nothing was loaded."
    assert found.ledger.balanced
    assert not is_alive(pid)
    assert [entry.text for entry in catalog.log_entries(import_id)] == ["The import was stopped."]


def test_a_worker_that_listens_is_not_killed(
    catalog: Catalog, settings: Settings, supervise: Callable[..., Supervisor], caplog: pytest.LogCaptureFixture
) -> None:
    program = settings.workspace / "worker.py"
    program.write_text(WORKER)
    arguments = [sys.executable, str(program), str(settings.catalog_path)]
    supervisor = supervise(lambda claim: [*arguments, str(claim.import_id), str(claim.fence), "60"])
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    began = utc_now()
    wait_for(lambda: lease_end(catalog, import_id) > began + timedelta(seconds=15))  # it works
    catalog.request_cancel(import_id, "bob")
    wait_for(lambda: catalog.get(import_id).status is Status.CANCELLED)
    wait_for(lambda: not pids(supervisor))
    assert caplog.text == ""


def lease_end(catalog: Catalog, import_id: int) -> object:
    from sqlalchemy import select

    from importer.catalog.tables import imports

    with catalog._read() as connection:
        return connection.execute(select(imports.c.lease_until).where(imports.c.id == import_id)).scalar_one()


def test_two_supervisors_start_each_of_fifty_imports_once(catalog: Catalog, settings: Settings) -> None:
    ids = [queued(catalog, f"person {n % 5}") for n in range(50)]
    started: list[tuple[str, int]] = []
    most: list[int] = []
    other = Catalog(settings.catalog_path)

    def working(name: str, own: Catalog) -> Callable[[Claim], list[str]]:
        def command(claim: Claim) -> list[str]:
            started.append((name, claim.import_id))
            most.append(own.summary().running)
            ended = {"status": Status.FINISHED, "outcome": Outcome.COMPLETED, "ledger": Ledger(1, 1)}
            own.finish(claim.import_id, claim.fence, **ended)  # type: ignore[arg-type]
            return ["true"]

        return command

    pair = [Supervisor(own, settings, command=working(name, own)) for name, own in (("first", catalog), ("second", other))]
    began = time.monotonic()
    for one in pair:
        one.start()
    wait_for(lambda: len(started) >= 50)
    print(f"50 imports, two supervisors: {time.monotonic() - began:.2f} s; {Counter(name for name, _ in started)}")
    time.sleep(0.5)
    for one in pair:
        one.stop()
    other.close()
    assert sorted(import_id for _, import_id in started) == ids
    assert max(most) <= settings.imports_at_once
    assert all(catalog.get(i).outcome is Outcome.COMPLETED for i in ids)


def test_a_worker_whose_lease_ran_out_is_replaced_and_can_write_nothing(catalog: Catalog, supervise: Callable[..., Supervisor]) -> None:
    taken: list[Claim] = []

    def command(claim: Claim) -> list[str]:
        taken.append(claim)
        return SLEEP  # never says that it lives

    supervisor = supervise(command, lease_seconds=0.5)
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    first = pids(supervisor)[import_id]
    wait_for(lambda: len(taken) == 2)
    assert not is_alive(first), "it must not wake up beside its successor"
    with pytest.raises(LostLease):
        catalog.progress(import_id, taken[0].fence, StageName.PROCESS, status=StageStatus.RUNNING)
    with pytest.raises(LostLease):
        catalog.finish(import_id, taken[0].fence, status=Status.FINISHED, outcome=Outcome.COMPLETED, ledger=Ledger(1, 1))


def test_a_child_whose_import_another_supervisor_took_is_ended(catalog: Catalog, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(lambda _: SLEEP, lease_seconds=0.3)
    import_id = queued(catalog)
    supervisor.tick()
    pid = pids(supervisor)[import_id]
    time.sleep(0.35)
    catalog.take_back_dead(3)
    assert catalog.claim("the other", 2, 60) is not None
    wait_for(lambda: supervisor.tick() or not pids(supervisor))
    assert not is_alive(pid)
    assert catalog.get(import_id).status is Status.RUNNING, "the other goes on"


def test_stopping_ends_the_children_and_their_imports_go_on_at_the_next_start(
    catalog: Catalog, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 0.5)
    started: list[int] = []
    supervisor = supervise(lambda claim: [SLEEP, STUBBORN][claim.import_id % 2])
    ids = [queued(catalog), queued(catalog)]
    supervisor.start()
    wait_for(lambda: len(pids(supervisor)) == 2)
    children = pids(supervisor).values()
    time.sleep(0.2)
    supervisor.stop()
    assert not [pid for pid in children if is_alive(pid)]
    assert [catalog.get(i).status for i in ids] == [Status.QUEUED] * 2
    supervise(counting(catalog, started, SLEEP)).tick()
    assert started == ids


def test_children_can_be_left_to_finish_alone(catalog: Catalog, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(lambda _: SLEEP)
    import_id = queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    child = next(iter(supervisor._children.values())).process
    supervisor.stop(leave=True)
    assert child.poll() is None
    assert catalog.get(import_id).status is Status.RUNNING
    child.kill()
    child.wait()


def test_a_supervisor_for_one_import_leaves_the_others_alone(catalog: Catalog, supervise: Callable[..., Supervisor]) -> None:
    started: list[int] = []
    first, second = queued(catalog), queued(catalog)
    supervise(counting(catalog, started, SLEEP), only=second).tick()
    assert started == [second]
    assert catalog.get(first).status is Status.QUEUED


def test_a_clock_that_jumps_takes_no_import_from_a_live_worker(
    catalog: Catalog, supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(days=1)
    supervisor = supervise(lambda _: SLEEP, lease_seconds=0.4)
    import_id = queued(catalog)
    supervisor.tick()
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + ahead.total_seconds())
    monkeypatch.setattr(catalog, "now", lambda: utc_now() + ahead)
    supervisor.tick()
    assert catalog.get(import_id).fence == 1
    assert not catalog.heartbeat(import_id, 1, 60), "the worker renews its lease by the new time"
    time.sleep(0.45)
    supervisor.tick()
    assert (catalog.get(import_id).status, catalog.get(import_id).fence) == (Status.RUNNING, 1)


def test_a_fault_does_not_end_the_supervisor(
    catalog: Catalog, supervise: Callable[..., Supervisor], caplog: pytest.LogCaptureFixture
) -> None:
    failed = threading.Event()

    def command(claim: Claim) -> list[str]:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a fault")
        return SLEEP

    supervisor = supervise(command, lease_seconds=0.5)
    queued(catalog)
    supervisor.start()
    wait_for(lambda: pids(supervisor))
    assert "a fault" in caplog.text
