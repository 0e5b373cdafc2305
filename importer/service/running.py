"""Starting, stopping and resuming imports, and the life of the worker."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from importer import mapping
from importer.access import Person, require
from importer.errors import ImporterError, WrongStatus, disk_error
from importer.model import (
    Goal,
    Import,
    Recipe,
    StageStatus,
    Status,
)
from importer.service.intake import Intake
from importer.sources.upload import sweep_uploads
from importer.supervisor import Supervisor

log = logging.getLogger(__name__)
LOADABLE = (Status.DRAFT, Status.CHECKED)


class Running(Intake):
    def check(self, person: Person, import_id: int, recipe: Recipe) -> Import:
        """Queues stage 1: every record is read and judged, nothing is loaded."""
        require(person, "check")
        return self._enqueue(person, import_id, recipe, Goal.CHECK)

    def run(self, person: Person, import_id: int, recipe: Recipe) -> Import:
        """Queues both stages."""
        require(person, "load")
        return self._enqueue(person, import_id, recipe, Goal.RUN)

    def _enqueue(self, person: Person, import_id: int, recipe: Recipe, goal: Goal) -> Import:
        job = self._own(person, import_id)
        mapping.demand(self.recipe_issues(person, import_id, recipe))
        same = job.recipe is not None and job.recipe.digest == recipe.digest and job.process.status is StageStatus.COMPLETED
        if job.type != recipe.type:
            self._catalog.update_draft(job.id, type=recipe.type)
        return self._queue(job.id, goal, recipe, LOADABLE, restart=not same)

    def _queue(self, import_id: int, goal: Goal, recipe: Recipe | None, allowed: Collection[Status], *, restart: bool) -> Import:
        queued = self._catalog.enqueue(import_id, goal, recipe, allowed, restart=restart)
        if self._supervisor:
            self._supervisor.wake()
        return queued

    def start(self, person: Person, import_id: int) -> Import:
        """Queues the load of exactly what was checked."""
        require(person, "load")
        job = self._own(person, import_id)
        return self._queue(job.id, Goal.RUN, job.recipe, (Status.CHECKED,), restart=False)

    def cancel(self, person: Person, import_id: int) -> Import:
        """Stops a queued or running import; takes effect within two seconds and loads nothing."""
        self._own(person, import_id)
        return self._catalog.request_cancel(import_id, person.name)

    def resume(self, person: Person, import_id: int) -> Import:
        """Goes on with an import that was cancelled or ended with errors, from its last finished part."""
        require(person, "load")
        job = self._own(person, import_id)
        self._source(job)
        if job.ledger.loaded or job.recipe is None:
            raise WrongStatus("This import has nothing left to do.", fix="Run it again to import the file once more.")
        return self._queue(job.id, job.goal, job.recipe, (Status.CANCELLED, Status.FINISHED), restart=False)

    def run_again(self, person: Person, import_id: int) -> Import:
        """A new draft with the same file and recipe."""
        require(person, "check")
        job = self._see(person, import_id)
        original = self._source(job)
        copy = self.settings.uploads_path / f"again-{job.id}-{time.time_ns()}.data"
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(original, copy)
        except OSError as error:
            raise disk_error(error) from error
        return self._draft(person, replace(job.source, path=str(copy)), job.type, job.recipe)

    def start_worker(self) -> None:
        """Begins to take imports from the queue, and to delete what is past its retention."""
        self._stopped.clear()
        self._supervisor = Supervisor(self._catalog, self.settings)
        self._supervisor.start()
        threading.Thread(target=self._sweep_hourly, name="retention", daemon=True).start()

    def stop_worker(self) -> None:
        """Gives running imports back to the queue; they go on at the next start."""
        self._stopped.set()
        if self._supervisor:
            self._supervisor.stop()
            self._supervisor = None

    def work_here(self, import_id: int, cancelled: Callable[[int], None]) -> bool:
        """Takes an import from the queue and works on it in this process, for programs that wait for it anyway.

        False when it is not to be had: another process works on it, or there is no free place. `cancelled` is called when
        a person cancels it, from a thread, and must end the process.
        """
        from importer.worker import work  # what a worker needs takes half a second to import, which a server never needs

        claim = self._catalog.claim(f"pid {os.getpid()}", self.settings.imports_at_once, self.settings.lease_seconds, only=import_id)
        if claim is None:
            return False
        work(self._catalog, self.settings, claim, cancelled)
        return True

    def _sweep_hourly(self) -> None:
        while not self._stopped.is_set():
            try:
                self.sweep()
            except ImporterError as error:
                log.warning("What is past its retention could not be deleted: %s", error.message)
            self._stopped.wait(3600)

    def sweep(self) -> None:
        """Deletes files and values whose retention is over, old drafts, and uploads that nobody took."""
        for job in self._catalog.expired():
            self._folder(job.id).forget_values()
            self._catalog.set_source(job.id, None)
        before = datetime.now(UTC) - timedelta(hours=self.settings.drafts_hours)
        for draft in self._catalog.old_drafts(before):
            if self._catalog.delete(draft.id):
                self._folder(draft.id).forget_values()
        sweep_uploads(self.settings, before.timestamp())


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)  # our own snapshot is never written to, so two imports may share it
    except OSError:
        shutil.copyfile(source, target)
