"""One import: how far it is, what went wrong and why, and what can be done about it. The address names it: ?id=12."""

from __future__ import annotations

import streamlit as st

from importer.errors import NotAllowed, NotFound
from importer.model import Import, Outcome, StageStatus, Status
from pages.tabs import errors, log, profile, progress, recipe
from pages.widgets import links, pools
from pages.widgets.format import visible, when, zone
from pages.widgets.live import live, poll, show_age
from pages.widgets.screen import action, go, guard, number_in_address, show_pending_problem
from pages.widgets.service import importer
from pages.widgets.state import state_of

TABS = {"Errors": errors.draw, "Profile": profile.draw, "Recipe": recipe.draw, "Log": log.draw}
person = guard()


def head(item: Import) -> None:
    """What it is and where it stands, and everything that can be done now."""
    state = state_of(item)
    st.page_link("imports.py", label="Imports", icon=":material/arrow_back:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(f"Import {item.id}", anchor=False, width="content")
        st.badge(state.label, color=state.color, icon=state.icon)
        st.space("stretch")
        buttons(item)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.text(visible(item.source.name, 160))
        moment = when(item.created_at, zone(st.context.timezone))
        title = next((t.title for t in importer().types(person, retired=True) if t.name == item.type), item.type)
        st.text(f"{title} · {item.owner} · {moment}")


def buttons(item: Import) -> None:
    if item.violations and item.process.status is StageStatus.COMPLETED:
        st.link_button("Error list (CSV)", links.error_list(person, item.id), icon=":material/download:", key="errors_csv")
        if item.ledger.rejected:
            st.link_button(
                "Rejected records (CSV)",
                links.rejected_records(person, item.id),
                icon=":material/download:",
                key="rejected_csv",
            )
    if item.status is Status.CHECKED:
        st.button(
            "Look at the check",
            icon=":material/fact_check:",
            key="review",
            on_click=leave,
            args=("new_import.py", item.id),
        )
        st.button("Start", type="primary", icon=":material/play_arrow:", key="start", on_click=start, args=(item.id,))
    if item.is_running:
        if st.button("Cancel", icon=":material/cancel:", key="cancel", disabled=item.cancel_requested):
            confirm_cancel(item.id)
        return
    resumable = can_resume(item)
    if resumable:
        st.button(
            "Resume",
            icon=":material/resume:",
            key="resume",
            on_click=resume,
            args=(item.id,),
            help="Goes on where it stopped",
            type="primary",
        )
    if item.status in (Status.FINISHED, Status.CANCELLED):
        st.button(
            "Run again",
            icon=":material/replay:",
            key="again",
            on_click=run_again,
            args=(item.id,),
            help="A new import with the same file; you can change the mapping before it runs",
            type="primary" if item.outcome is Outcome.ERRORS and not resumable else "secondary",
        )


def can_resume(item: Import) -> bool:
    """Whether going on can help: not after a fault of the file or the mapping, which would be the same again."""
    of_the_file = (item.error_code or "").startswith(("FILE_", "MAPPING"))
    return item.outcome is Outcome.ERRORS and item.recipe is not None and not of_the_file


def outcome(item: Import) -> None:
    """Why it ended as it did, and what to do."""
    if item.reason:
        state = state_of(item)
        with st.container(border=True, horizontal=True, gap="small", wrap=False, key="reason"):
            st.markdown(f":{state.color}[{state.icon}]", width="content")
            with st.container(gap=None):
                st.text(item.reason)
                if item.fix:
                    st.caption("What to do")
                    st.text(item.fix)
    for sentence in item.notices:
        with st.container(horizontal=True, gap="small", wrap=False):
            st.markdown(":orange[:material/info:]", width="content")
            st.text(sentence, width="stretch")


def confirm_cancel(import_id: int) -> None:
    @st.dialog("Cancel this import?")
    def ask() -> None:
        st.markdown("It stops at the next safe point. Records are loaded in one piece, so nothing is left half done.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it running", key="keep"):
                st.rerun()
            if st.button("Cancel the import", type="primary", key="really"):
                cancel(import_id)
                st.rerun()

    ask()


@action
def cancel(import_id: int) -> None:
    importer().cancel(person, import_id)


@action
def start(import_id: int) -> None:
    importer().start(person, import_id)


@action
def resume(import_id: int) -> None:
    importer().resume(person, import_id)


@action
def run_again(import_id: int) -> None:
    leave("new_import.py", importer().run_again(person, import_id).id)


def leave(page: str, import_id: int) -> None:
    st.session_state["leave to"] = (page, import_id)


def watch(drawn: Import, show: bool) -> None:
    """Follows a running import; when it has changed its state, the page is drawn anew."""
    answer = poll(f"import {drawn.id}", lambda: importer().get(person, drawn.id))
    show_age(answer)
    if show:
        progress.draw(answer.value)
    if (answer.value.status, answer.value.outcome) != (drawn.status, drawn.outcome):
        st.rerun()


def tabs(item: Import) -> None:
    names = ["Progress", *TABS]
    for name, tab in zip(names, st.tabs(names, key="tab", on_change="rerun", bind="query-params"), strict=True):
        if tab.open:
            with tab:
                live(lambda shown=name: watch(item, shown == "Progress"), running=item.is_running, key="watch")
                if name in TABS:
                    TABS[name](person, item)


def unknown(problem: NotFound | NotAllowed) -> None:
    """The address names no import that this person can see."""
    st.title("Import", anchor=False)
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown("**This import cannot be shown**", width="content")
        st.text(problem.message)
        st.text(problem.fix)
        if st.button("All imports", type="primary", icon=":material/list_alt:", key="list"):
            go("imports.py")
        st.space("small")


def main() -> None:
    if target := st.session_state.pop("leave to", None):
        go(target[0], id=target[1])
    import_id = number_in_address("id")
    try:
        if import_id is None:
            raise NotFound("The address names no import.", fix="Choose one from the list of imports.")
        item = importer().get(person, import_id)
    except (NotFound, NotAllowed) as problem:
        unknown(problem)
        return
    if item.status is Status.DRAFT:
        go("new_import.py", id=item.id)
    head(item)
    show_pending_problem()
    outcome(item)
    pools.of_import(person, item)
    tabs(item)


main()
