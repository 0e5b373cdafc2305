"""From a file to a loaded import: five steps on one page. The address holds the place, so a refresh keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from importer.errors import NotFound
from importer.model import Goal, Import, StageStatus, Status, TypeInfo
from pages.steps import checking, file, mapping, reading
from pages.steps.state import leave_draft
from pages.widgets.format import count
from pages.widgets.screen import describe, go, guard, number_in_address, show_pending_problem, show_problem
from pages.widgets.service import importer

person = guard()


@contextmanager
def step(place: int, title: str) -> Iterator[None]:
    """A numbered part of the page."""
    with st.container(border=True, gap="small", key=f"step-{place}"):
        st.markdown(f"### {place}  {title}")
        yield


def coming(first: int) -> None:
    """The steps that follow, so that a person knows the way from the start."""
    titles = {2: "See how it is read", 3: "Map its columns", 4: "Check every record", 5: "Start"}
    words = "  →  ".join(f"{place} {title}" for place, title in titles.items() if place >= first)
    st.caption(f"Then:  {words}. Nothing is changed before step 5.")


def draft(item: Import, kind: TypeInfo) -> None:
    """Before the check, and again when it is to be repeated."""
    with step(2, "Preview"):
        preview = reading.read(person, item)
        if preview is None:
            return
        reading.notices(preview.notices)
        reading.preview_table(preview)
    with step(3, "Mapping"):
        recipe, issues = mapping.edit(person, item, preview, kind)
    with step(4, "Check"):
        checking.offer(person, item, recipe, issues, again=False)


def checked(item: Import, kind: TypeInfo) -> None:
    """After the check: its result, the start, and the way back to the mapping."""
    with st.expander("**2  Preview and 3  Mapping**: change something and check again", key="again", icon=":material/edit:"):
        preview = reading.read(person, item)
        if preview is not None:
            reading.preview_table(preview)
            recipe, issues = mapping.edit(person, item, preview, kind)
            checking.offer(person, item, recipe, issues, again=True)
    with step(4, "Check"):
        checking.result(person, item)
    with step(5, "Start"):
        checking.start(person, item)


def going_on(item: Import) -> None:
    """A check that runs, or one that ended without a result."""
    columns = len(item.recipe.mapping) if item.recipe else len(item.columns)
    with step(2, "Preview"):
        st.caption(":green[:material/check_circle:] Done")
    with step(3, "Mapping"):
        st.caption(f":green[:material/check_circle:] Done for {count(columns, 'column')}")
    with step(4, "Check"):
        if item.is_running:
            checking.progress(person, item)
        else:
            checking.ended_early(person, item)


def is_about_loading(item: Import) -> bool:
    """Whether an import is past the steps of this page."""
    if item.goal is Goal.CHECK:
        return item.load.status is not StageStatus.WAITING
    return item.status not in (Status.DRAFT, Status.CHECKED)


def find() -> Import | None:
    """The import that the address names; without one, or when it is gone, the page begins at step 1."""
    import_id = number_in_address("id")
    if import_id is None:
        return None
    try:
        return importer().get(person, import_id)
    except NotFound as problem:
        leave_draft()
        show_problem(describe(problem))
        return None


def main() -> None:
    checking.leave_when_started()
    st.title("New import", anchor=False)
    show_pending_problem()
    item = find()
    if item is None:
        with step(1, "Type and file"):
            file.choose(person)
        coming(2)
        return
    if is_about_loading(item):
        go("import_details.py", id=item.id)
    kind = importer().type(person, item.type)
    with step(1, "Type and file"):
        file.summary(person, item, kind.title)
    if item.status is Status.DRAFT:
        draft(item, kind)
    elif item.status is Status.CHECKED:
        checked(item, kind)
    else:
        going_on(item)


main()
