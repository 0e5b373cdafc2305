"""The child process that takes one import through its stages, part by part: `python -m importer.worker ID --fence N`.

It holds the import by its lease and fence, says at most twice a second how far it is, and may be killed at any moment:
what was finished stays finished, and the next worker goes on from there.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from importer import mapping
from importer.catalog import Catalog, Claim
from importer.config import Settings, load_settings
from importer.destinations import EmbeddedDestination, LoadCounts, Pooled, Staged
from importer.errors import ImporterError, LedgerError, LostLease, OurFault
from importer.lease import keep_lease, so_far
from importer.model import Goal, Import, Ledger, Outcome, Pool, Recipe, Severity, Stage, StageName, StageStatus, Status
from importer.originals import write_aside
from importer.process import Progress, process_parts
from importer.readers.header import Header, read_header
from importer.registry import Types
from importer.schema import TypeSchema
from importer.staging import ImportFolder, Staging
from importer.staging.folder import RECORDS
from importer.staging.pools import PoolRoom
from importer.staging.reports import write_reports
from importer.staging.whole import LeftOut, judge_whole
from importer.validation import Plan, compile_plan
from importer.validation.plan import together

log = logging.getLogger(__name__)


class Worker:
    """One import, from where it stands to its end. `run` never raises; it leaves the outcome in the catalogue."""

    def __init__(self, catalog: Catalog, settings: Settings, import_id: int, fence: int):
        self.catalog = catalog
        self.settings = settings
        self.id = import_id
        self.fence = fence
        self.folder = ImportFolder(settings.imports_path / str(import_id))
        self.last_progress = 0.0
        self.stage = StageName.PROCESS
        self._destination = EmbeddedDestination(settings.destination_path, settings)

    def run(self) -> None:
        try:
            self._stages()
        except LostLease:
            log.warning("import %s: another worker took over", self.id)
        except ImporterError as error:
            self._end_with_errors(error)
        except MemoryError:
            text = "The import needs more memory than it may use."
            self._end_with_errors(OurFault(text, fix="Ask the administrator to raise the limit."))
        except Exception:  # the border of the process: whatever it is, the person gets a reference and the log the trace
            reference = uuid.uuid4().hex[:8]
            log.exception("import %s: unexpected error, reference %s", self.id, reference)
            text = f"Something went wrong on our side (reference {reference})."
            self._end_with_errors(OurFault(text, fix="Try again; if it happens again, give the reference to your administrator."))

    def _stages(self) -> None:
        job = self.catalog.get(self.id)
        pool = self.catalog.chosen_pool(job.recipe.options if job.recipe else {})
        work = _Work.of(job, Types(self.catalog), self.folder, self.settings, pool)
        if job.process.status is not StageStatus.COMPLETED:
            self._process(job, work)
        if job.goal is Goal.RUN:
            self._load(self.catalog.get(self.id), work)

    # Stage 1 -------------------------------------------------------------------------------------------------------

    def _process(self, job: Import, work: _Work) -> None:
        self._begin(job.process, step="Reading and checking", bytes_total=job.source.bytes)
        self.catalog.record_result(self.id, self.fence, columns=work.header.names, notices=work.notices)
        mapping.demand(mapping.issues(work.schema, work.recipe, work.header.columns, self.catalog.custom_fields(job.type), work.pool))
        process_parts(self.catalog, self.settings, self.folder, work, self.id, self.fence, self._progress_of_process)
        ledger = self._conclude(job, work)
        self._end_stage(done=ledger.records, total=ledger.records, bytes_done=job.source.bytes)
        if job.goal is Goal.CHECK:
            self.catalog.mark_checked(self.id, self.fence, ledger=ledger)
        self._log(f"Checked {ledger.records:,} records; {ledger.rejected:,} were rejected.")

    def _conclude(self, job: Import, work: _Work) -> Ledger:
        """Judges the file as a whole, foresees the load where that is what was asked for, and writes the reports."""
        self._step("Comparing the records with each other")
        room = self._look_up(work)
        parts = [(part.number, state["sizes"]) for part, state in self.catalog.parts(self.id)]
        with Staging.create(self.folder, parts, work.plan, self.settings) as staging:
            left_out = judge_whole(staging, work.schema, work.recipe.options, room)
        foreseen = None
        if job.goal is Goal.CHECK:
            self._step("Comparing with what is there")
            foreseen = self._destination.preview(self._staged(work), self._waiting)
        self._report(work, refused=bool(foreseen and foreseen.refused))
        ledger = self._ledger(foreseen, left_out)
        self.catalog.record_result(self.id, self.fence, ledger=ledger)
        return ledger

    def _look_up(self, work: _Work) -> PoolRoom | None:
        """Finds the records that refer to something which was never loaded, and those whose code is in a pool already."""
        keys = [
            (k, work.plan.extra[k.wording.code, together(k.fields)].id)
            for k in work.schema.foreign_keys
            if set(k.fields) <= set(work.plan.fields)
        ]
        types = Types(self.catalog).all(retired=True) if keys else {}
        codes = self._destination.look_up(self._staged(work), keys, {k.type_name: types.get(k.type_name) for k, _ in keys}, self._waiting)
        return PoolRoom(work.pool.name, work.pool.details.limit, codes) if work.pool else None

    def _pooled(self, work: _Work) -> Pooled | None:
        """The pool of the import, as the destination needs to know it."""
        pools = work.schema.pools
        if pools is None or work.pool is None:
            return None
        elsewhere, again = (work.plan.extra[w.code, pools.of].id for w in (pools.elsewhere, pools.again))
        names = {pool.id: pool.name for pool in self.catalog.pools(work.schema.name)}
        limit = work.pool.details.limit
        return Pooled(pools.of, pools.field, work.pool.id, limit, names, elsewhere, again, pools.elsewhere.detail)

    def _report(self, work: _Work, *, refused: bool) -> None:
        self._step("Writing the error list")
        columns = len(work.header.columns)
        with Staging.open(self.folder, work.plan, self.settings) as staging:
            if refused and work.schema.identity:
                staging.refuse(work.schema.identity, work.keys)
            parts = [part for part, _ in self.catalog.parts(self.id)]
            records = staging.aside(refused)
            staging.show_aside(write_aside(self.folder, work.recipe.dialect, columns, parts, records, self.settings))
            write_reports(staging, [f"c{i}" for i in range(columns)], work.header.names)
            counts = staging.counts()
        self.catalog.record_result(
            self.id, self.fence, violations=sum(counts.values()),
            warnings=counts.get(Severity.WARNING, 0), repairs=counts.get(Severity.REPAIR, 0),
        )  # fmt: skip

    def _ledger(self, counts: LoadCounts | None, left_out: LeftOut) -> Ledger:
        """What became of every record; without counts of a load the valid ones are not processed yet."""
        parts = [part for part, _ in self.catalog.parts(self.id)]
        valid = sum(p.valid for p in parts) - left_out.duplicates - left_out.aside
        c = counts or LoadCounts()
        ledger = Ledger(
            records=sum(p.records for p in parts), created=c.created, updated=c.updated, unchanged=c.unchanged,
            duplicate=left_out.duplicates, rejected=sum(p.rejected + p.malformed for p in parts) + left_out.aside + c.refused,
            unprocessed=0 if counts else valid,
        )  # fmt: skip
        if not ledger.balanced:
            raise LedgerError(f"The counts of the records do not add up: {ledger.to_dict()}.", fix="Nothing was loaded. Report this.")
        return ledger

    # Stage 2 -------------------------------------------------------------------------------------------------------

    def _load(self, job: Import, work: _Work) -> None:
        staged = self._staged(work)
        with Staging.open(self.folder, work.plan, self.settings) as staging:
            left_out = LeftOut.of(staging)
        ledger = self._ledger(None, left_out)
        if not ledger.unprocessed:
            self._finish(ledger)
            return
        total = ledger.unprocessed
        started = time.monotonic()
        self._begin(job.load, step="Loading", total=total)
        self.catalog.record_result(self.id, self.fence, ledger=ledger)
        counts = self._destination.load(
            staged, self._waiting, lambda done: self._progress_of_load(min(done, total), total, started), self._may_commit
        )
        if counts is None:  # a cancel came first; the thread that keeps the lease ends the import
            raise LostLease("The import was cancelled.", fix="Resume it when you want it loaded.")
        self.catalog.add_custom_fields(job.type, {n: t for n, t in staged.fields.items() if n not in staged.declared})
        ledger = self._ledger(counts, left_out)
        if counts.refused:
            self._report(work, refused=True)
        self._end_stage(done=total, total=total)
        self._finish(ledger)

    def _staged(self, work: _Work) -> Staged:
        parts = [(part.number, part.valid) for part, state in self.catalog.parts(self.id) if RECORDS in state["sizes"]]
        fields = {n: _data_type(work, n) for n in work.plan.fields}
        declared = {f.name: f.type for f in work.schema.fields}
        if work.schema.pools:
            declared[work.schema.pools.field] = fields[work.schema.pools.field] = "integer"
        return Staged(
            self.id, work.schema.name, self.folder, fields, declared, work.schema.identity, work.keys, parts,
            overwrite=work.mode == "overwrite", group=work.schema.group, pooled=self._pooled(work),
        )  # fmt: skip

    def _may_commit(self) -> bool:
        return self.catalog.begin_commit(self.id, self.fence)

    def _finish(self, ledger: Ledger) -> None:
        outcome, reason, fix = Outcome.COMPLETED, None, None
        if not ledger.loaded:
            outcome = Outcome.ERRORS
            all_of_them = "The only record" if ledger.records == 1 else f"All {ledger.records:,} records"
            reason = f"{all_of_them} broke a rule, so nothing was loaded."
            fix = "Download the error list, correct the file, and import it again."
        elif ledger.rejected or ledger.unprocessed:
            outcome = Outcome.PARTIALLY
            verb = "was" if ledger.rejected == 1 else "were"
            reason = f"{ledger.rejected:,} of {ledger.records:,} records {verb} rejected, the others are available."
            fix = "Download the rejected records, correct them, and import that file."
        self.catalog.finish(
            self.id,
            self.fence,
            status=Status.FINISHED,
            outcome=outcome,
            ledger=ledger,
            reason=reason,
            fix=fix,
            error_code=None,
            error_line=None,
        )
        self._log(f"Loaded: {ledger.created:,} created, {ledger.updated:,} updated, {ledger.unchanged:,} unchanged.")

    # Telling -------------------------------------------------------------------------------------------------------

    def _begin(self, before: Stage, **values: Any) -> None:
        self.stage = before.name
        self.begun = time.monotonic()
        self.seconds_before = before.seconds or 0.0
        started = before.started_at or datetime.now(UTC)
        self.catalog.progress(self.id, self.fence, self.stage, status=StageStatus.RUNNING, started_at=started, **values)

    def _end_stage(self, **values: Any) -> None:
        seconds = self.seconds_before + time.monotonic() - self.begun
        self.catalog.progress(
            self.id, self.fence, self.stage, status=StageStatus.COMPLETED, step="", rate=values["done"] / seconds if seconds else None,
            seconds_left=None, seconds=round(seconds, 3), finished_at=datetime.now(UTC), **values,
        )  # fmt: skip

    def _step(self, text: str) -> None:
        self.catalog.progress(self.id, self.fence, self.stage, step=text, seconds_left=None)

    def _waiting(self) -> None:
        self._tell(self.stage, step="Waiting for another import to finish loading")

    def _progress_of_process(self, p: Progress) -> None:
        self._tell(
            StageName.PROCESS,
            done=p.records,
            bytes_done=p.bytes_done,
            rate=p.rate,
            seconds_left=p.seconds_left,
            step="Reading and checking",
        )

    def _progress_of_load(self, done: int, total: int, started: float) -> None:
        seconds = max(time.monotonic() - started, 1e-3)
        rate = done / seconds
        self._tell(StageName.LOAD, done=done, rate=rate, seconds_left=(total - done) / rate if rate else None, step="Loading")

    def _tell(self, stage: StageName, **values: Any) -> None:
        now = time.monotonic()
        if now - self.last_progress >= self.settings.progress_seconds:
            self.last_progress = now
            self.catalog.progress(self.id, self.fence, stage, **values)

    def _log(self, text: str, level: str = "info") -> None:
        self.catalog.log(self.id, text, level)

    def _end_with_errors(self, error: ImporterError) -> None:
        """Nothing was loaded; the catalogue says why."""
        try:
            self.catalog.finish(
                self.id, self.fence, status=Status.FINISHED, outcome=Outcome.ERRORS, ledger=so_far(self.catalog, self.id),
                reason=error.message, fix=error.fix, error_code=error.code, error_line=error.line,
            )  # fmt: skip
            self._log(error.message, "error")
            log.error("import %s: %s %s", self.id, error.code, error.facts.get("cause", ""))
        except LostLease:
            log.warning("import %s: another worker took over", self.id)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the stages share: the type, recipe, header and plan of an import, and the mapped identifiers in order."""

    schema: TypeSchema
    recipe: Recipe
    header: Header
    plan: Plan
    keys: tuple[str, ...]
    pool: Pool | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        return self.header.notices

    @property
    def mode(self) -> str:
        """What a record does to the one that is there; see LoadModes."""
        return str(self.recipe.options.get("mode", self.schema.load.default))

    @classmethod
    def of(cls, job: Import, types: Types, folder: ImportFolder, settings: Settings, pool: Pool | None) -> _Work:
        if job.recipe is None:
            raise OurFault("The import has no recipe.", fix="Start it again from the file.")
        schema = types.find(job.type, job.recipe.type_version)  # the version that was checked, whatever was saved since
        header = read_header(folder.source, job.recipe.dialect, settings)
        plan = compile_plan(schema, job.recipe, header.columns, job.created_at.date(), job.created_at, pool)
        keys = schema.identity.keys(job.recipe.options, plan.fields) if schema.identity else ()
        return cls(schema, job.recipe, header, plan, keys, pool)


def _data_type(work: _Work, name: str) -> str:
    chosen = next((m.type for m in work.recipe.mapping if m.field == name), None)
    field = work.schema.resolve(name, chosen)
    return field.type if field else "string"


def work(catalog: Catalog, settings: Settings, claim: Claim, leave: Callable[[int], None] = os._exit) -> None:
    """Takes a claimed import to its end in this process; see `keep_lease` for `leave`."""
    keep_lease(catalog, settings, claim.import_id, claim.fence, leave)
    Worker(catalog, settings, claim.import_id, claim.fence).run()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m importer.worker")
    parser.add_argument("import_id", type=int)
    parser.add_argument("--fence", type=int, required=True)
    parser.add_argument("--workspace", required=True)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load_settings(given.workspace)
    if settings.worker_memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (settings.worker_memory_bytes, settings.worker_memory_bytes))
    work(Catalog(settings.catalog_path), settings, Claim(given.import_id, given.fence))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
