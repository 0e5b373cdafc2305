"""The history, one import, its downloads, and what is available."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from importer import __version__
from importer.access import Person, require
from importer.destinations import browse, table_sizes
from importer.errors import NotFound
from importer.model import (
    Finding,
    Import,
    ImportFilter,
    LogEntry,
    RecordFilter,
    RecordPage,
    Summary,
    TableInfo,
    TypeInfo,
    Violation,
)
from importer.service.workspace import Workspace
from importer.staging.pages import findings, violations_page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece of a longer list: `total` counts the whole of it."""

    items: tuple[T, ...]
    total: int
    offset: int
    limit: int


class Seeing(Workspace):
    def types(self, person: Person, *, retired: bool = False) -> tuple[TypeInfo, ...]:
        """The types that can be imported; with `retired` those too that are not offered any more."""
        require(person, "see")
        return tuple(schema.info() for schema in self._types.all(retired=retired).values())

    def type(self, person: Person, name: str, version: int | None = None) -> TypeInfo:
        """A type as it is now, or an own one in an earlier version. Raises NotFound."""
        require(person, "see")
        return self._types.find(name, None if version is None else str(version)).info()

    def template(self, person: Person, type_name: str) -> str:
        """The header of a type and an example record (where there are examples), as CSV. Raises NotFound for a type without fields."""
        require(person, "see")
        fields = self._types.find(type_name).fields
        if not fields:
            raise NotFound(f"{type_name!r} takes any columns, so it has no template.", fix="Import the file as it is.")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(f.name for f in fields)
        if any(f.example for f in fields):
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
        return self._profile(import_id)

    def log(self, person: Person, import_id: int) -> tuple[LogEntry, ...]:
        self._see(person, import_id)
        return tuple(self._catalog.log_entries(import_id))

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

    def tables(self, person: Person) -> tuple[TableInfo, ...]:
        """What something was loaded of: types, and the lines of groups; the number of records is None while an import is being written."""
        require(person, "see")
        sizes = table_sizes(self.settings.destination_path, self.settings)
        titles = self._table_titles()
        if sizes is None:
            return tuple(TableInfo(name, title, None) for name, title in titles.items())
        return tuple(TableInfo(name, title, sizes[name]) for name, title in titles.items() if name in sizes)

    def _table_titles(self) -> dict[str, str]:
        """The tables that types load into: one each, and another one for the lines of those whose records are groups."""
        titles: dict[str, str] = {}
        for schema in self._types.all(retired=True).values():
            titles[schema.name] = schema.title
            if schema.group:
                titles[schema.group.table] = schema.group.title
        return titles

    def records(
        self, person: Person, type_name: str, *, filters: tuple[RecordFilter, ...] = (), import_id: int | None = None,
        order: str | None = None, descending: bool = False, offset: int = 0, limit: int = 100,
    ) -> RecordPage:  # fmt: skip
        """A page of loaded records of a type, or of the lines of its groups. Raises NotFound for an unknown type or column."""
        require(person, "see")
        if type_name not in self._table_titles():
            self._types.find(type_name)
        path = self.settings.destination_path
        return browse(path, self.settings, type_name, filters, import_id, order, descending, offset, limit)

    def health(self) -> dict[str, Any]:
        summary = self._catalog.summary()
        return {"status": "ok", "version": __version__, "running": summary.running, "queued": summary.queued}
