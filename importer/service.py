"""The one door: every use case is a method of `Importer`. Pages, API and command line call nothing deeper.

Every method takes the person who acts and raises ImporterError only; its message and fix are words for that person.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from importer import __version__, mapping
from importer.access import DownloadTokens, Person, new_secret, require
from importer.catalog import Catalog
from importer.config import Settings
from importer.destinations import browse, table_sizes
from importer.errors import NotFound, WrongStatus, disk_error
from importer.model import (
    Dialect,
    Finding,
    Goal,
    Import,
    ImportFilter,
    LogEntry,
    MappingIssue,
    Preview,
    Recipe,
    RecordFilter,
    RecordPage,
    Source,
    StageStatus,
    Status,
    Summary,
    TableInfo,
    TypeInfo,
    Violation,
)  # fmt: skip
from importer.readers.detect import Detection, detect
from importer.readers.header import read_header
from importer.readers.preview import preview
from importer.schema import find_type, load_types
from importer.sources.upload import Upload, read_upload, receive_path, sweep_uploads, take_upload
from importer.staging import ImportFolder
from importer.staging.pages import findings, violations_page
from importer.supervisor import Supervisor

__all__ = ["Importer", "Page", "Person"]

T = TypeVar("T")
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
LOADABLE = (Status.DRAFT, Status.CHECKED)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece of a longer list: `total` counts the whole of it."""

    items: tuple[T, ...]
    total: int
    offset: int
    limit: int


class Importer:
    """All use cases on one workspace. Thread-safe: it keeps no frames and opens connections for each call."""

    def __init__(self, settings: Settings):
        self.settings = settings
        try:
            settings.imports_path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        self._catalog = Catalog(settings.catalog_path)
        self._tokens = DownloadTokens(self._catalog.setting_once("download_secret", new_secret))
        self._supervisor: Supervisor | None = None
        self._stopped = threading.Event()

    def local_person(self) -> Person:
        """Who acts where nobody signs in."""
        return Person(self.settings.person, frozenset({"administrator"}))

    # Files ---------------------------------------------------------------------------------------------------------

    def begin_upload(self, person: Person, name: str) -> Upload:
        """Begins to receive a file. Raises UnsafeFile for a bad name."""
        require(person, "check")
        return Upload(self.settings, name)

    def draft(self, person: Person, upload_id: str, type_name: str) -> Import:
        """A new import of an uploaded file; it stays a draft until it is checked."""
        require(person, "check")
        return self._draft(person, read_upload(self.settings, upload_id, "upload"), type_name)

    def draft_sample(self, person: Person, type_name: str = "customers") -> Import:
        """A new import of the bundled file of a type, which has good and bad records."""
        require(person, "check")
        upload_id = receive_path(self.settings, SAMPLES / f"{type_name}_bad.csv")
        return self._draft(person, read_upload(self.settings, upload_id, "sample"), type_name)

    def draft_from_path(self, person: Person, path: Path, type_name: str, method: str = "cli") -> Import:
        """A new import of a copy of a local file."""
        require(person, "check")
        find_type(type_name)
        return self._draft(person, read_upload(self.settings, receive_path(self.settings, path), method), type_name)

    def _draft(self, person: Person, source: Source, type_name: str, recipe: Recipe | None = None) -> Import:
        find_type(type_name)
        keep_until = datetime.now(UTC) + timedelta(days=self.settings.retention_days)
        import_id = self._catalog.create_import(type=type_name, owner=person.name, source=source, recipe=recipe, keep_until=keep_until)
        folder = self._folder(import_id)
        folder.create()
        take_upload(source, folder.source)
        self._catalog.set_source(import_id, str(folder.source))
        return self._catalog.get(import_id)

    def discard(self, person: Person, import_id: int) -> None:
        """Deletes an import that was not loaded, with its file."""
        job = self._own(person, import_id)
        if not self._catalog.delete(job.id):
            raise WrongStatus("Only an import that was not started can be deleted.", fix="It stays in the history.")
        self._folder(job.id).forget_values()

    # Before the check ----------------------------------------------------------------------------------------------

    def preview(self, person: Person, import_id: int, dialect: Dialect | None = None, limit: int | None = None) -> Preview:
        """The first records as `dialect` reads them (None: as detected), with the evidence of the detection."""
        job = self._see(person, import_id)
        path = self._source(job)
        found = _detection(str(path), job.source.sha256, self.settings)
        shown = preview(path, dialect or found.dialect, self.settings, limit or self.settings.preview_records)
        return replace(shown, evidence=found.evidence, notices=(*found.notices, *shown.notices))

    def suggest_recipe(self, person: Person, import_id: int, dialect: Dialect | None = None, type_name: str | None = None) -> Recipe:
        """A recipe with the columns mapped by name."""
        job = self._see(person, import_id)
        path = self._source(job)
        chosen = dialect or _detection(str(path), job.source.sha256, self.settings).dialect
        schema = find_type(type_name or job.type)
        header = read_header(path, chosen, self.settings)
        options = {"unprotect": True} if "_errors" in header.names else {}
        return Recipe(schema.name, schema.version, chosen, mapping.suggest(schema, header.names, header.columns), options)

    def recipe_issues(self, person: Person, import_id: int, recipe: Recipe) -> tuple[MappingIssue, ...]:
        """What is wrong with a recipe for this file; blocking issues come first."""
        job = self._see(person, import_id)
        header = read_header(self._source(job), recipe.dialect, self.settings)
        return mapping.issues(find_type(recipe.type), recipe, header.columns, self._catalog.custom_fields(recipe.type))

    def keep_recipe(self, person: Person, import_id: int, recipe: Recipe) -> None:
        """Remembers how far a person came with the recipe of a draft; it need not be complete.

        The recipe of a checked import stays what was checked. Raises WrongStatus for an import that was started.
        """
        require(person, "check")
        job = self._own(person, import_id)
        if job.status is Status.DRAFT and job.recipe != recipe:
            self._catalog.update_draft(job.id, recipe=recipe)

    # Going ---------------------------------------------------------------------------------------------------------

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

    # Seeing --------------------------------------------------------------------------------------------------------

    def types(self, person: Person) -> tuple[TypeInfo, ...]:
        require(person, "see")
        return tuple(schema.info() for schema in load_types().values())

    def type(self, person: Person, name: str) -> TypeInfo:
        require(person, "see")
        return find_type(name).info()

    def template(self, person: Person, type_name: str) -> str:
        """The header of a type and an example record, as CSV. Raises NotFound for a type without fields."""
        require(person, "see")
        fields = find_type(type_name).fields
        if not fields:
            raise NotFound(f"{type_name!r} takes any columns, so it has no template.", fix="Import the file as it is.")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(f.name for f in fields)
        writer.writerow(f.example for f in fields)
        return out.getvalue()

    def imports(self, person: Person, filter: ImportFilter | None = None, offset: int = 0, limit: int = 20) -> Page[Import]:
        """Imports, newest first; drafts are left out."""
        require(person, "see")
        items, total = self._catalog.list(filter or ImportFilter(), offset, limit)
        return Page(tuple(items), total, offset, limit)

    def owners(self, person: Person) -> tuple[str, ...]:
        require(person, "see")
        return tuple(self._catalog.owners())

    def summary(self, person: Person) -> Summary:
        require(person, "see")
        return self._catalog.summary()

    def get(self, person: Person, import_id: int) -> Import:
        return self._see(person, import_id)

    def findings(self, person: Person, import_id: int) -> tuple[Finding, ...]:
        """Violations by rule and column, errors first, with examples."""
        self._see(person, import_id)
        return findings(self._folder(import_id))

    def violations(
        self, person: Person, import_id: int, *, code: str | None = None, column: str | None = None, severity: str | None = None,
        offset: int = 0, limit: int | None = 100,
    ) -> Page[Violation]:  # fmt: skip
        """Violations in file order; limit None gives all of them."""
        self._see(person, import_id)
        wanted = {"code": code, "column": column, "severity": severity}
        chosen = {name: str(value) for name, value in wanted.items() if value is not None}
        items, total = violations_page(self._folder(import_id), self.settings, chosen, offset, limit)
        return Page(items, total, offset, limit if limit is not None else total)

    def profile(self, person: Person, import_id: int) -> dict[str, Any] | None:
        """The profile of every column (see importer.profiling), or None while stage 1 has not ended."""
        self._see(person, import_id)
        path = self._folder(import_id).profile
        document: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        return document

    def log(self, person: Person, import_id: int) -> tuple[LogEntry, ...]:
        self._see(person, import_id)
        return tuple(self._catalog.log_entries(import_id))

    # Downloads -----------------------------------------------------------------------------------------------------

    def error_list(self, person: Person, import_id: int) -> tuple[Path, str]:
        """The finished error list (CSV) and a name for it. Raises NotFound."""
        return self._download(person, import_id, self._folder(import_id).error_list, "errors")

    def rejected_records(self, person: Person, import_id: int) -> tuple[Path, str]:
        """The rejected records (CSV) as they came, with what was wrong. Raises NotFound."""
        return self._download(person, import_id, self._folder(import_id).rejected_records, "rejected")

    def _download(self, person: Person, import_id: int, path: Path, kind: str) -> tuple[Path, str]:
        job = self._see(person, import_id)
        if not path.is_file():
            raise NotFound(
                f"Import {import_id} has no such list.", fix="It is there once the file was checked, until its retention is over."
            )
        return path, f"import-{job.id}-{kind}.csv"

    def download_token(self, person: Person, import_id: int) -> str:
        return self._tokens.make(person, import_id)

    def check_download_token(self, token: str, import_id: int) -> Person:
        return self._tokens.read(token, import_id)

    # What is available ---------------------------------------------------------------------------------------------

    def tables(self, person: Person) -> tuple[TableInfo, ...]:
        """Types of which something was loaded; the number of records is None while an import is being written."""
        require(person, "see")
        sizes = table_sizes(self.settings.destination_path, self.settings)
        types = load_types().values()
        if sizes is None:
            return tuple(TableInfo(t.name, t.title, None) for t in types)
        return tuple(TableInfo(t.name, t.title, sizes[t.name]) for t in types if t.name in sizes)

    def records(
        self, person: Person, type_name: str, *, filters: tuple[RecordFilter, ...] = (), import_id: int | None = None,
        order: str | None = None, descending: bool = False, offset: int = 0, limit: int = 100,
    ) -> RecordPage:  # fmt: skip
        """A page of loaded records. Raises NotFound for an unknown type or column."""
        require(person, "see")
        find_type(type_name)
        path = self.settings.destination_path
        return browse(path, self.settings, type_name, filters, import_id, order, descending, offset, limit)

    def health(self) -> dict[str, Any]:
        summary = self._catalog.summary()
        return {"status": "ok", "version": __version__, "running": summary.running, "queued": summary.queued}

    # Life ----------------------------------------------------------------------------------------------------------

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
            self.sweep()
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

    # -----------------------------------------------------------------------------------------------------------------

    def _folder(self, import_id: int) -> ImportFolder:
        return ImportFolder(self.settings.imports_path / str(import_id))

    def _see(self, person: Person, import_id: int) -> Import:
        require(person, "see")
        return self._catalog.get(import_id)

    def _own(self, person: Person, import_id: int) -> Import:
        """An import that this person may change: their own, or anybody's for a lead."""
        job = self._see(person, import_id)
        require(person, "check" if job.owner == person.name else "stop others")
        return job

    def _source(self, job: Import) -> Path:
        if job.source.path is None or not Path(job.source.path).is_file():
            raise NotFound("The file of this import was deleted when its retention was over.", fix="Upload the file again.")
        return Path(job.source.path)


@lru_cache(maxsize=64)
def _detection(path: str, sha256: str, settings: Settings) -> Detection:
    """Detection looks at several megabytes, and a page asks for it with every click; the same bytes give the same answer."""
    return detect(Path(path), settings)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)  # our own snapshot is never written to, so two imports may share it
    except OSError:
        shutil.copyfile(source, target)
