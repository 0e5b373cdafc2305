"""The list of all imports: what ran, who ran it, how far it is, and what went wrong."""

from __future__ import annotations

from typing import Any

import streamlit as st

from importer.model import Import, ImportFilter, StageStatus, Summary
from pages.widgets import links, tables
from pages.widgets.failures import show_failures
from pages.widgets.format import percent, short_number
from pages.widgets.live import live, poll, show_age
from pages.widgets.screen import action, go, guard, show_pending_problem
from pages.widgets.service import importer
from pages.widgets.state import FILTERS, state_of, why

PER_PAGE = 20
ALL = "All"
BEFORE = "Before: in the 7 days before those"
person = guard()


def head(welcome: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Imports", anchor=False, width="content")
        if not welcome and st.button("New import", type="primary", icon=":material/add:", key="new"):
            go("new_import.py")


def cards(week: Summary) -> None:
    """Four figures of the last seven days; the small print compares them with the seven days before."""
    imports, loaded, rejected = sum(week.imports), sum(week.loaded), sum(week.rejected)
    known_before = week.loaded_before + week.rejected_before
    share_before = f"{percent(week.rejected_before, known_before)} before" if known_before else "no records before"
    waiting = f"{short_number(week.queued)} queued, {short_number(week.waiting)} to start"
    with st.grid(4, min_column_width=150, gap="small"):
        card("Imports, last 7 days", short_number(imports), f"{short_number(week.imports_before)} before", BEFORE)
        card("Records loaded", short_number(loaded), f"{short_number(week.loaded_before)} before", BEFORE)
        card("Rejected share", percent(rejected, rejected + loaded), share_before, "Of the records loaded or rejected in 7 days")
        card("Running now", short_number(week.running), waiting, "To start: checked, and nobody has started it yet")


def card(label: str, value: str, small: str, meaning: str) -> None:
    st.metric(label, value, small, border=True, height="stretch", help=meaning, delta_color="off", delta_arrow="off")


def filters() -> ImportFilter:
    """The filters, which also stand in the address so that a view can be shared."""
    types = {t.name: t.title for t in importer().types(person, retired=True)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        state = st.segmented_control(
            "State",
            [ALL, *FILTERS],
            default=ALL,
            required=True,
            format_func=lambda name: FILTERS.get(name, name),
            key="state",
            bind="query-params",
            on_change=first_page,
        )
        kind = st.selectbox(
            "Type",
            list(types),
            index=None,
            format_func=types.__getitem__,
            key="type",
            placeholder="All types",
            bind="query-params",
            width=160,
            on_change=first_page,
        )
        owner = st.selectbox(
            "Owner",
            importer().owners(person),
            index=None,
            key="owner",
            placeholder="Everyone",
            bind="query-params",
            width=150,
            on_change=first_page,
        )
        search = st.text_input(
            "Search",
            key="search",
            placeholder="File name or #12",
            icon=":material/search:",
            max_chars=200,
            bind="query-params",
            width=210,
            on_change=first_page,
        )
    return ImportFilter(state=None if state == ALL else state, type=kind, owner=owner, search=(search or "").strip() or None)


def first_page() -> None:
    st.session_state["page"] = 1


def row(item: Import, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "file": item.source.name,
        "state": [state_of(item).label],
        "why": why(item),
        "process": item.process.fraction * 100,
        "load": item.load.fraction * 100,
        "records": item.ledger.records or item.process.done,
        "rejected": item.ledger.rejected,
        "errors": links.error_list(person, item.id) if _has_list(item) else None,
        "type": titles.get(item.type, item.type),
        "who": item.owner,
        "when": item.created_at,
        "open": "Open",
    }


def _has_list(item: Import) -> bool:
    return item.violations > 0 and item.process.status is StageStatus.COMPLETED


def open_row(shown: tuple[int, ...]) -> None:
    click = st.session_state.get("open_row")
    if click is not None:
        st.session_state["open import"] = shown[click["row"]]


def table(items: tuple[Import, ...], titles: dict[str, str]) -> None:
    rows = [row(i, titles) for i in items]
    config = st.column_config
    st.dataframe(
        {name: [r[name] for r in rows] for name in rows[0]},
        key="imports",
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(items), PER_PAGE),
        placeholder="",
        alt="Imports, the newest first",
        column_config={
            "id": config.NumberColumn("ID", format="%d", width=50),
            "file": config.TextColumn("File", width=175),
            "state": tables.states("Outcome", 106),
            "why": config.TextColumn("What happened", width=230),
            "process": config.ProgressColumn("Process", format="%.0f%%", min_value=0, max_value=100, width=92, color="blue"),
            "load": config.ProgressColumn("Load", format="%.0f%%", min_value=0, max_value=100, width=92, color="green"),
            "records": tables.numbers("Records", 80),
            "rejected": tables.numbers("Rejected", 72),
            "errors": config.LinkColumn(
                "Error list",
                display_text=":material/download:",
                width=68,
                help="All errors of this import as a CSV file",
            ),
            "type": config.TextColumn("Type", width=92),
            "who": config.TextColumn("Who", width=72),
            "when": tables.moments("When", 100),
            "open": config.ButtonColumn(
                "", key="open_row", on_click=open_row, args=(tuple(i.id for i in items),), type="tertiary", width=56
            ),
        },
    )


def listing(chosen: ImportFilter) -> None:
    """The table with its pages."""
    if opened := st.session_state.pop("open import", None):
        go("import_details.py", id=opened)
    offset = tables.page_offset("page", PER_PAGE)
    answer = poll(
        f"imports {chosen} {offset}",
        lambda: (importer().imports(person, chosen, offset, PER_PAGE), importer().types(person, retired=True)),
    )
    found, types = answer.value
    show_age(answer)
    if not found.items:
        tables.settle("page", found.total, offset)
        nothing_found()
        return
    show_failures(found.items)
    table(found.items, {t.name: t.title for t in types})
    tables.pages("page", found.total, offset, PER_PAGE, "import")


def nothing_found() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown("**No import fits these filters**", width="content")
        st.button("Clear the filters", on_click=clear_filters, icon=":material/filter_alt_off:")
        st.space("small")


def clear_filters() -> None:
    for key, value in (("state", ALL), ("type", None), ("owner", None), ("search", "")):
        st.session_state[key] = value
    first_page()


def figures(running: bool) -> None:
    """The cards. When the last running import has ended, the page is drawn once more and then stops asking."""
    answer = poll("summary", lambda: importer().summary(person))
    cards(answer.value)
    if running and not answer.stale and not _running(answer.value):
        st.rerun()


def _running(week: Summary) -> bool:
    return bool(week.running or week.queued)


def welcome() -> None:
    """What a person sees before the first import."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("medium")
        st.markdown("### Bring in your first file", width="content")
        st.markdown(
            "Every record is checked before anything changes, and you see each problem with its line.",
            width="content",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("New import", type="primary", icon=":material/add:", key="new"):
                go("new_import.py")
            st.button("Try it with a sample", icon=":material/science:", key="sample", on_click=take_sample)
        st.space("medium")


@action
def take_sample() -> None:
    st.session_state["open draft"] = importer().draft_sample(person).id


def main() -> None:
    if draft := st.session_state.pop("open draft", None):
        go("new_import.py", id=draft)
    week = poll("summary", lambda: importer().summary(person)).value
    head(welcome=not week.total)
    show_pending_problem()
    if not week.total:
        welcome()
        return
    running = _running(week)
    live(lambda: figures(running), running=running, key="figures")
    chosen = filters()
    live(lambda: listing(chosen), running=running, key="listing")


main()
