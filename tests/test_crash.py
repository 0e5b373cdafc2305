"""A worker may be killed at any moment: what was finished stays finished, nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from importer.config import Settings, load_settings
from importer.model import Import, Ledger, Outcome, Status
from importer.service import Importer

RECORDS = 300_000
KILLS = 20


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300,000 customers of which some are bad and some come twice."""
    path = tmp_path_factory.mktemp("crash") / "customers.csv"
    cities = ("Paris", '"Washington, DC"', '"Saint\nDenis"', "Lyon")
    with path.open("w", encoding="utf-8") as out:
        out.write("email,customId,city,sex,birthDate\n")
        for i in range(RECORDS):
            email = "bad" if i % 100 == 7 else f"user{i - 50 if i % 1000 == 999 else i}@example.com"
            out.write(f"{email},C{i},{cities[i % 4]},FEMALE,19{60 + i % 40}-0{1 + i % 9}-11\n")
    return path


def a_workspace(root: Path) -> Settings:
    # Small parts and slices, so that many moments of the whole way are met.
    return load_settings(root, env={"IMPORTER_BLOCK_BYTES": str(512 << 10), "IMPORTER_LOAD_SLICE_RECORDS": "61440"})


def environment() -> dict[str, str]:
    root = Path(__file__).resolve().parent.parent
    small = {"IMPORTER_BLOCK_BYTES": str(512 << 10), "IMPORTER_LOAD_SLICE_RECORDS": "61440", "IMPORTER_LEASE_SECONDS": "1"}
    return os.environ | small | {"PYTHONPATH": str(root)}


def queue(service: Importer, source: Path) -> int:
    me = service.local_person()
    draft = service.draft_from_path(me, source, "customers")
    service.run(me, draft.id, service.suggest_recipe(me, draft.id))
    return draft.id


def start_worker(service: Importer, import_id: int) -> subprocess.Popen[bytes]:
    claim = service._catalog.claim("test", 9, 1.0, only=import_id)
    assert claim is not None
    call = [
        sys.executable,
        "-m",
        "importer.worker",
        str(import_id),
        "--fence",
        str(claim.fence),
        "--workspace",
        str(service.settings.workspace),
    ]
    return subprocess.Popen(call, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end_state(service: Importer, job: Import) -> tuple[object, ...]:
    """Everything that a person can see of the end: counts, violations, loaded records."""
    import duckdb

    me = service.local_person()
    with duckdb.connect(str(service.settings.destination_path), read_only=True) as db:
        loaded = db.execute(
            """SELECT count(*), count(DISTINCT _id), count(DISTINCT email), sum(hash(email, "customId", city, sex, "birthDate", _line)::HUGEINT)
               FROM customers"""
        ).fetchone()
        receipts = db.execute("SELECT count(*) FROM importer.receipts").fetchone()
    errors = service.error_list(me, job.id)[0].read_bytes()
    rejected = service.rejected_records(me, job.id)[0].read_bytes()
    return job.ledger, job.outcome, loaded, receipts, errors, rejected, service.profile(me, job.id)


@pytest.mark.timeout(600)
def test_an_import_that_is_killed_at_random_moments_ends_as_if_nothing_had_happened(source: Path, tmp_path: Path) -> None:
    undisturbed = Importer(a_workspace(tmp_path / "undisturbed"))
    import_id = queue(undisturbed, source)
    began = time.monotonic()
    assert start_worker(undisturbed, import_id).wait(120) == 0
    whole = time.monotonic() - began
    expected = undisturbed.get(undisturbed.local_person(), import_id)
    assert expected.outcome is Outcome.PARTIALLY
    assert expected.ledger == Ledger(records=RECORDS, created=296_700, duplicate=300, rejected=3_000)

    seed = int(os.environ.get("CRASH_SEED", time.time_ns() % 1_000_000))
    print(f"CRASH_SEED={seed}")  # set it to see the same moments again
    moments = random.Random(seed)
    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        service = Importer(a_workspace(tmp_path / f"killed{rounds}"))
        import_id = queue(service, source)
        me = service.local_person()
        while (job := service.get(me, import_id)).status is not Status.FINISHED:
            worker = start_worker(service, import_id)
            if kills < KILLS:
                # Between the start of the process and its end, wherever the import stands.
                try:
                    worker.wait(moments.uniform(0.3, min(whole, 5.0)))
                except subprocess.TimeoutExpired:
                    worker.send_signal(signal.SIGKILL)
                    kills += 1
            worker.wait(120)
            wait_until_free(service, import_id)
        assert end_state(service, job) == end_state(undisturbed, expected)


def wait_until_free(service: Importer, import_id: int) -> None:
    """The lease of a killed worker runs out, and the import goes back to the queue."""
    for _ in range(200):
        service._catalog.take_back_dead(max_attempts=1000)
        if service.get(service.local_person(), import_id).status is not Status.RUNNING:
            return
        time.sleep(0.02)
    raise AssertionError("the import was not taken back")
