"""Which import types there are: those that come with the importer, and the team's own in all their versions."""

from __future__ import annotations

import logging

from importer.catalog import Catalog
from importer.errors import DeclarationError, ImporterError, NotFound, TypeProblem
from importer.model import TypeVersion
from importer.schema import TypeSchema, bundled_names, check_references, find_type, load_types
from importer.typedocs import read_own

log = logging.getLogger(__name__)


class Types:
    """All types by name. An own type goes before one that a later version of the importer brings under the same name."""

    def __init__(self, catalog: Catalog):
        self._catalog = catalog

    def all(self, *, retired: bool = False) -> dict[str, TypeSchema]:
        """The newest version of every type; retired ones only where they are asked for.

        An own type whose document cannot be read by this version of the importer is left out and logged.
        """
        found = load_types()
        for saved in self._catalog.newest_types():
            if retired or not saved.retired:
                try:
                    found[saved.name] = _read(saved)
                except ImporterError as error:
                    log.error("The type %s, version %s, cannot be read: %s", saved.name, saved.version, error.message)
        return found

    def find(self, name: str, version: str | None = None) -> TypeSchema:
        """A type, retired or not: the newest version, or of an own one the version that a recipe names. Raises NotFound."""
        saved = self._saved(name, version)
        if saved is not None:
            return _read(saved)
        if name in bundled_names():
            return find_type(name)
        names = ", ".join(self.all())
        raise NotFound(f"There is no import type {name!r}.", fix=f"Choose one of: {names}.")

    def offered(self, name: str) -> TypeSchema:
        """A type for a new import. Raises NotFound, also for a retired one."""
        saved = self._catalog.newest_type(name)
        if saved is not None and saved.retired and name not in bundled_names():
            raise NotFound(f"The import type {name!r} is retired.", fix="Choose another type, or have it brought back.")
        return self.find(name)

    def demand_references(self, schema: TypeSchema) -> None:
        """Raises TypeProblem where a type that is to be saved refers to what is not there, or takes away what others refer to."""
        try:
            check_references({**self.all(retired=True), schema.name: schema})
        except DeclarationError as error:
            raise TypeProblem(error.message, fix=error.fix) from error

    def _saved(self, name: str, version: str | None) -> TypeVersion | None:
        newest = self._catalog.newest_type(name)
        if newest is None or version is None or version == str(newest.version):
            return newest
        return self._catalog.type_version(name, int(version)) if version.isdigit() else newest


def _read(saved: TypeVersion) -> TypeSchema:
    return read_own(saved.document, saved.name, saved.version)
