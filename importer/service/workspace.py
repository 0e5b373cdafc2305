"""What all use cases share: the workspace, its catalogue, and who may see or change which import."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from importer.access import DownloadTokens, Person, new_secret, require
from importer.catalog import Catalog
from importer.config import Settings
from importer.errors import NotFound, disk_error
from importer.model import Import
from importer.registry import Types
from importer.staging import ImportFolder
from importer.supervisor import Supervisor


class Workspace:
    """Thread-safe: it keeps no frames and opens connections for each call."""

    def __init__(self, settings: Settings):
        self.settings = settings
        try:
            settings.imports_path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        self._catalog = Catalog(settings.catalog_path)
        self._types = Types(self._catalog)
        self._tokens = DownloadTokens(self._catalog.setting_once("download_secret", new_secret))
        self._supervisor: Supervisor | None = None
        self._stopped = threading.Event()

    def local_person(self) -> Person:
        """Who acts where nobody signs in."""
        return Person(self.settings.person, frozenset({"administrator"}))

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

    def _profile(self, import_id: int) -> dict[str, Any] | None:
        path = self._folder(import_id).profile
        document: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        return document

    def _source(self, job: Import) -> Path:
        if job.source.path is None or not Path(job.source.path).is_file():
            raise NotFound("The file of this import was deleted when its retention was over.", fix="Upload the file again.")
        return Path(job.source.path)
