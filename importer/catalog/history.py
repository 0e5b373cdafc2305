"""What a team sees of all its imports: the list, the people, the week."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, union_all

from importer.catalog.drafts import load_imports
from importer.catalog.store import Store
from importer.catalog.tables import folded, imports
from importer.errors import NotFound
from importer.model import Import, ImportFilter, Outcome, Status, Summary

# Inside the class, `list` is the method.
Imports = list[Import]
Names = list[str]

_KNOWN = imports.c.status != Status.DRAFT
_STATES: dict[str, ColumnElement[bool]] = {
    "running": imports.c.status.in_((Status.QUEUED, Status.RUNNING)),
    "checked": imports.c.status == Status.CHECKED,
    "completed": imports.c.outcome == Outcome.COMPLETED,
    "partially": imports.c.outcome == Outcome.PARTIALLY,
    "errors": and_(imports.c.status == Status.FINISHED, imports.c.outcome == Outcome.ERRORS),
    "cancelled": imports.c.status == Status.CANCELLED,
}
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_LOADED = func.sum(imports.c.created + imports.c.updated + imports.c.unchanged)
_REJECTED = func.sum(imports.c.rejected)


class History(Store):
    def list(self, filter: ImportFilter, offset: int = 0, limit: int = 20) -> tuple[Imports, int]:
        """One page of the imports that match, newest first, without drafts; and how many match in all.

        Raises NotFound for a state that does not exist.
        """
        conditions = _conditions(filter)
        # The page is found in a narrow index first: rows can be wide, and a filter may pass over thousands of them.
        page = select(imports.c.id).where(*conditions).order_by(imports.c.id.desc()).offset(max(offset, 0)).limit(limit)
        with self._read() as connection:
            total = connection.execute(select(func.count()).select_from(imports).where(*conditions)).scalar_one()
            ids = connection.execute(page).scalars().all()
            chosen = select(imports).where(imports.c.id.in_(ids)).order_by(imports.c.id.desc())
            return load_imports(connection, chosen), total

    def owners(self) -> Names:
        """Everybody who has an import, in alphabetical order."""
        with self._read() as connection:
            found = connection.execute(select(imports.c.owner).where(_KNOWN).distinct()).scalars().all()
        return sorted(found, key=lambda name: (folded(name), name))

    def summary(self) -> Summary:
        """The last 7 days and the 7 before. Imports count on the day they came, records on the day their import ended."""
        midnight = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        days = [midnight - timedelta(days=6 - n) for n in range(7)]
        with self._read() as connection:
            came = _per_day(connection, imports.c.created_at, days, _KNOWN, func.count())
            ended = _per_day(connection, imports.c.finished_at, days, imports.c.status == Status.FINISHED, _LOADED, _REJECTED)
            counts = select(imports.c.status, func.count()).group_by(imports.c.status)
            now = {Status(status): count for status, count in connection.execute(counts).all()}
        return Summary(
            imports=tuple(day[0] for day in came[1:]),
            loaded=tuple(day[0] for day in ended[1:]),
            rejected=tuple(day[1] for day in ended[1:]),
            imports_before=came[0][0],
            loaded_before=ended[0][0],
            rejected_before=ended[0][1],
            running=now.get(Status.RUNNING, 0),
            queued=now.get(Status.QUEUED, 0),
            waiting=now.get(Status.CHECKED, 0),
            total=sum(count for status, count in now.items() if status is not Status.DRAFT),
        )


def _conditions(filter: ImportFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_KNOWN]
    if filter.state:
        if filter.state not in _STATES:
            raise NotFound(f'There is no state "{filter.state}" of imports.', fix=f"Choose one of {', '.join(_STATES)}.")
        conditions.append(_STATES[filter.state])
    if filter.type:
        conditions.append(imports.c.type == filter.type)
    if filter.owner:
        conditions.append(imports.c.owner == filter.owner)
    if text := (filter.search or "").strip():
        named = imports.c.source_folded.contains(folded(text), autoescape=True)
        number = _NUMBER.fullmatch(text)
        conditions.append(or_(named, imports.c.id == int(number[1])) if number else named)
    return conditions


def _per_day(
    connection: Connection, time: ColumnElement[Any], days: list[datetime], condition: ColumnElement[bool], *figures: ColumnElement[Any]
) -> list[tuple[int, ...]]:
    """The figures for the week before `days` (index 0) and for each day, each from its own range of an index."""
    edges = [days[0] - timedelta(days=7), *days, days[-1] + timedelta(days=1)]
    ranges = [
        select(literal(n), *(func.coalesce(figure, 0) for figure in figures)).where(condition, time >= begin, time < end)
        for n, (begin, end) in enumerate(pairwise(edges))
    ]
    rows = sorted(connection.execute(union_all(*ranges)).all())
    return [tuple(int(figure) for figure in row[1:]) for row in rows]
