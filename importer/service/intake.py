"""Files on their way in, and everything before a check: preview, recipe, what is wrong with a mapping."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from importer import mapping
from importer.access import Person, require
from importer.config import Settings
from importer.errors import MappingProblem, NotFound, WrongStatus
from importer.model import (
    Dialect,
    Import,
    MappingIssue,
    Preview,
    Recipe,
    Source,
    Status,
)
from importer.readers.detect import Detection, detect
from importer.readers.header import read_header
from importer.readers.preview import preview
from importer.schema import bundled_names
from importer.service.workspace import Workspace
from importer.sources.upload import Upload, read_upload, receive_path, take_upload
from importer.validation.options import Options

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


class Intake(Workspace):
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
        upload_id = receive_path(self.settings, _sample(type_name))
        return self._draft(person, read_upload(self.settings, upload_id, "sample"), type_name)

    def has_sample(self, type_name: str) -> bool:
        """Whether a file to try comes with the type."""
        return bool(_samples(type_name))

    def draft_from_path(self, person: Person, path: Path, type_name: str, method: str = "cli") -> Import:
        """A new import of a copy of a local file."""
        require(person, "check")
        self._types.offered(type_name)
        return self._draft(person, read_upload(self.settings, receive_path(self.settings, path), method), type_name)

    def _draft(self, person: Person, source: Source, type_name: str, recipe: Recipe | None = None) -> Import:
        self._types.offered(type_name)
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
        chosen = dialect or self._dialect(job, path)
        schema = self._types.offered(type_name or job.type)
        header = read_header(path, chosen, self.settings)
        options = {"unprotect": True} if "_errors" in header.names else {}
        return Recipe(schema.name, schema.version, chosen, mapping.suggest(schema, header.names, header.columns), options)

    def recipe_issues(self, person: Person, import_id: int, recipe: Recipe) -> tuple[MappingIssue, ...]:
        """What is wrong with a recipe for this file; blocking issues come first."""
        job = self._see(person, import_id)
        header = read_header(self._source(job), recipe.dialect, self.settings)
        schema = self._types.find(recipe.type, recipe.type_version)
        pool = self._catalog.chosen_pool(recipe.options)
        issues = mapping.issues(schema, recipe, header.columns, self._catalog.custom_fields(recipe.type), pool)
        try:
            Options.of(recipe.options)
        except MappingProblem as problem:
            return (MappingIssue(f"{problem.message} {problem.fix}", True, None, None, problem.code), *issues)
        return issues

    def _dialect(self, job: Import, path: Path) -> Dialect:
        return _detection(str(path), job.source.sha256, self.settings).dialect

    def keep_recipe(self, person: Person, import_id: int, recipe: Recipe) -> None:
        """Remembers how far a person came with the recipe of a draft; it need not be complete.

        The recipe of a checked import stays what was checked. Raises WrongStatus for an import that was started.
        """
        require(person, "check")
        job = self._own(person, import_id)
        if job.status is Status.DRAFT and job.recipe != recipe:
            self._catalog.update_draft(job.id, recipe=recipe)


def _sample(type_name: str) -> Path:
    """The bundled file with errors of a type. Raises NotFound for a type without one."""
    found = _samples(type_name)
    if not found:
        raise NotFound(f"There is no sample of {type_name!r}.", fix="Choose a file of your own.")
    return found[0]


def _samples(type_name: str) -> list[Path]:
    """Bundled files with errors, whatever their format; a name that is no bundled type is never looked for."""
    return sorted(SAMPLES.glob(f"{type_name}_bad.*")) if type_name in bundled_names() else []


@lru_cache(maxsize=64)
def _detection(path: str, sha256: str, settings: Settings) -> Detection:
    """Detection looks at several megabytes, and a page asks for it with every click; the same bytes give the same answer."""
    return detect(Path(path), settings)
