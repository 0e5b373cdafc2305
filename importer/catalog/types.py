"""Types that a team defines itself: every version that was saved, and which are retired."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from importer.catalog.store import Store
from importer.catalog.tables import UtcTime, Words, type_documents
from importer.errors import NotFound, WrongStatus
from importer.model import TypeVersion

_COLUMNS = type_documents.c


class TypeDocuments(Store):
    def save_type(self, name: str, title: str, document: str, person: str, *, based_on: int | None = None) -> TypeVersion:
        """Saves the next version of a type.

        based_on: the version that was edited (0: there was none). Where another one was saved meanwhile, nothing is saved
        and the person is told so; with None the document becomes the next version in any case. Raises WrongStatus, also
        when the type is retired.
        """
        newest = select(
            func.coalesce(func.max(_COLUMNS.version), 0).label("version"),
            func.coalesce(func.sum(case((_COLUMNS.retired, 1), else_=0)), 0).label("retired"),
        )
        before = newest.where(_COLUMNS.name == name).subquery()
        allowed: list[ColumnElement[bool]] = [before.c.retired == 0]
        if based_on is not None:
            allowed.append(before.c.version == based_on)
        values = (literal(title, Words), literal(document, Words), literal(person, Words), literal(self.now(), UtcTime), literal(False))
        row = select(literal(name), before.c.version + 1, *values).where(*allowed)
        columns = ["name", "version", "title", "document", "saved_by", "saved_at", "retired"]
        statement = insert(type_documents).from_select(columns, row).returning(_COLUMNS.version)
        try:
            with self._write() as connection:
                version = connection.execute(statement).scalar_one_or_none()
        except IntegrityError:  # on a database where two statements may run at once, both found the same newest version
            version = None
        if version is None:
            self._refuse(name, based_on)
        return self.type_version(name, int(version or 0))

    def _refuse(self, name: str, based_on: int | None) -> None:
        """Raises why a version could not be saved."""
        found = self.newest_type(name)
        if found and found.retired:
            raise WrongStatus(f"The type {name} is retired, so it cannot be changed.", fix="Bring it back first.")
        if found and based_on == 0:
            text = f"There is a type {name} already; {found.saved_by} saved its version {found.version}."
            raise WrongStatus(text, fix="Choose another name, or change that type.")
        if found:
            raise WrongStatus(
                f"{found.saved_by} saved version {found.version} of {name} meanwhile, so this one was not saved.",
                fix="Open the newest version and make your change there.",
            )
        raise WrongStatus(f"There is no version of {name} yet that this could follow.", fix="Save it as a new type.")

    def type_version(self, name: str, version: int) -> TypeVersion:
        """Raises NotFound."""
        wanted = select(type_documents).where(_COLUMNS.name == name, _COLUMNS.version == version)
        with self._read() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no version {version} of the type {name!r}.", fix="Choose one of its versions.")
        return _version(row)

    def newest_type(self, name: str) -> TypeVersion | None:
        """The newest version of a type, retired or not; None when there is none."""
        wanted = select(type_documents).where(_COLUMNS.name == name).order_by(_COLUMNS.version.desc()).limit(1)
        with self._read() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else _version(row)

    def newest_types(self) -> list[TypeVersion]:
        """The newest version of every type by name, retired ones too."""
        newest = select(_COLUMNS.name, func.max(_COLUMNS.version).label("version")).group_by(_COLUMNS.name).subquery()
        same = (_COLUMNS.name == newest.c.name) & (_COLUMNS.version == newest.c.version)
        with self._read() as connection:
            rows = connection.execute(select(type_documents).join(newest, same).order_by(_COLUMNS.name)).mappings()
            return [_version(row) for row in rows]

    def type_versions(self, name: str) -> list[TypeVersion]:
        """All versions of a type, the newest first."""
        wanted = select(type_documents).where(_COLUMNS.name == name).order_by(_COLUMNS.version.desc())
        with self._read() as connection:
            return [_version(row) for row in connection.execute(wanted).mappings()]

    def retire_type(self, name: str, *, retired: bool) -> bool:
        """Retires a type or brings it back; False when it was so already. Raises NotFound."""
        changed = update(type_documents).where(_COLUMNS.name == name, _COLUMNS.retired.is_(not retired)).values(retired=retired)
        with self._write() as connection:
            if connection.execute(changed).rowcount:
                return True
            if not _exists(connection, name):
                raise NotFound(f"There is no type {name!r} of your team.", fix="Choose one from the list of import types.")
        return False


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute(select(_COLUMNS.name).where(_COLUMNS.name == name).limit(1)).first() is not None


def _version(row: Any) -> TypeVersion:
    return TypeVersion(**dict(row))
