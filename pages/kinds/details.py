"""One type: its fields and rules in words, its versions, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from importer.model import RuleInfo, TypeEntry, TypeInfo, TypeVersion
from importer.service import Person
from pages.kinds.overview import is_retired, kind_of
from pages.kinds.state import SAVED, forget, leave_to
from pages.steps.plan import DATA_TYPES
from pages.widgets import tables
from pages.widgets.facts import facts
from pages.widgets.format import number, when, zone
from pages.widgets.screen import action, show_pending_problem
from pages.widgets.service import importer
from pages.widgets.state import State

SEVERITIES = {
    "error": State("Error", "red", ""),
    "optional": State("Error or left out", "red", ""),
    "warning": State("Warning", "orange", ""),
    "repair": State("Repair", "blue", ""),
}


def draw(person: Person, name: str) -> None:
    """Raises NotFound for a type that is not there."""
    info = importer().type(person, name)
    entry = next(e for e in importer().type_list(person) if e.info.name == name)
    versions = importer().type_versions(person, name)
    head(person, entry)
    show_pending_problem()
    saved_just_now(person, name)
    if info.description:
        st.text(info.description, width="stretch")
    chosen = choose_version(versions)
    if chosen is not None and chosen != versions[0].version:
        info = importer().type(person, name, chosen)
    fields_table(info)
    rules_table(importer().type_rules(person, name, chosen))
    if versions:
        history(versions)


def head(person: Person, entry: TypeEntry) -> None:
    info, state = entry.info, kind_of(entry)
    st.button("Import types", icon=":material/arrow_back:", key="back", type="tertiary", on_click=leave_to)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.title("Import type", anchor=False, width="content")
            st.badge(state.label, color=state.color)
        st.space("stretch")
        buttons(person, entry)
    known = [("Title", info.title), ("Name", info.name), ("Version", info.version)]
    if entry.saved:
        known += [("Saved by", entry.saved.saved_by), ("Saved", when(entry.saved.saved_at, zone(st.context.timezone)))]
    known.append(("Records loaded", number(entry.records)))
    facts(known, column_width=140)


def buttons(person: Person, entry: TypeEntry) -> None:
    name, own = entry.info.name, entry.saved is not None
    with st.popover("Download", icon=":material/download:", key="download"):
        text = importer().type_document(person, name)
        form = "json" if text.lstrip().startswith("{") else "yaml"
        st.download_button(
            f"As it was saved ({form.upper()})" if own else "Document (YAML)",
            text,
            file_name=f"{name}.{form}",
            mime="application/json" if form == "json" else "application/yaml",
            on_click="ignore",
            key="document",
            width="stretch",
        )
        if form == "yaml":
            st.download_button(
                "As JSON",
                lambda: importer().type_json(person, name),
                file_name=f"{name}.json",
                mime="application/json",
                on_click="ignore",
                key="as_json",
                width="stretch",
            )
    if not own or not importer().may_manage_types(person):
        return
    if is_retired(entry):
        st.button("Bring back", icon=":material/unarchive:", key="bring_back", type="primary", on_click=retire, args=(person, name, False))
        return
    if st.button("Retire", icon=":material/archive:", key="retire"):
        confirm_retire(person, name)
    st.button("Edit", icon=":material/edit:", type="primary", key="edit", on_click=edit, args=(name,))


def edit(name: str) -> None:
    forget()
    leave_to(edit=name)


@action
def retire(person: Person, name: str, retired: bool) -> None:
    importer().retire_type(person, name, retired=retired)


def confirm_retire(person: Person, name: str) -> None:
    @st.dialog("Retire this type?")
    def ask() -> None:
        st.markdown("It is not offered for new imports any more. Its versions, imports and records stay, and it can be brought back.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it", key="keep"):
                st.rerun()
            if st.button("Retire the type", type="primary", key="really"):
                retire(person, name, True)
                st.rerun()

    ask()


def saved_just_now(person: Person, name: str) -> None:
    """What happened, and where to go from there with the file that the type was made from."""
    saved = st.session_state.get(SAVED)
    if saved is None or saved["name"] != name:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="saved"):
        st.markdown(f":green[:material/check_circle:] **Saved as version {saved['version']}**", width="content")
        st.space("stretch")
        if saved["file"] is not None:
            label = "Import the file with this type"
            st.button(label, icon=":material/upload_file:", key="use", on_click=use, args=(person, name, saved["file"]))


@action
def use(person: Person, name: str, import_id: int) -> None:
    importer().use_type(person, import_id, name)
    st.session_state.pop(SAVED, None)
    st.session_state["leave to"] = ("new_import.py", import_id)


def choose_version(versions: Sequence[TypeVersion]) -> int | None:
    """The version that is shown; None where a type has none, or only one."""
    if len(versions) < 2:
        return None
    zone_here = zone(st.context.timezone)
    words = {v.version: f"Version {v.version}, {v.saved_by}, {when(v.saved_at, zone_here)}" for v in versions}
    chosen: int | None = st.selectbox("Version", list(words), format_func=words.__getitem__, key="version", width=320)
    return chosen


def fields_table(info: TypeInfo) -> None:
    st.markdown(f"### Fields: {len(info.fields)}" if info.fields else "### Fields")
    if not info.fields:
        st.text("Any columns are taken, all as text.")
        return
    config = st.column_config
    st.dataframe(
        {
            "name": [f.name for f in info.fields],
            "title": [f.title for f in info.fields],
            "type": [DATA_TYPES.get(f.type, f.type.capitalize()) for f in info.fields],
            "required": [f.required for f in info.fields],
            "description": [f.description for f in info.fields],
            "example": [f.example for f in info.fields],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(info.fields), 12),
        key="fields",
        alt="Fields of the type",
        column_config={
            "name": config.TextColumn("Field", width=170),
            "title": config.TextColumn("Title", width=170),
            "type": config.TextColumn("Type", width=110),
            "required": config.CheckboxColumn("Required", width=80),
            "description": config.TextColumn("What it is", width=380),
            "example": config.TextColumn("Example", width=170),
        },
    )


def rules_table(rules: tuple[RuleInfo, ...]) -> None:
    st.markdown(f"### Rules: {len(rules)}" if rules else "### Rules")
    if not rules:
        st.text("Every record that can be read is right.")
        return
    config = st.column_config
    st.dataframe(
        {
            "kind": [[SEVERITIES[r.severity].label] for r in rules],
            "field": [r.field for r in rules],
            "when": [r.when for r in rules],
            "message": [r.message for r in rules],
            "hint": [r.hint for r in rules],
            "code": [r.code for r in rules],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(rules), 14),
        key="rules",
        alt="Rules of the type",
        column_config={
            "kind": tables.states("If not", 120, SEVERITIES.values()),
            "field": config.TextColumn("Field", width=150),
            "when": config.TextColumn("A value", width=220),
            "message": config.TextColumn("Else it says", width=280),
            "hint": config.TextColumn("What to do", width=280),
            "code": config.TextColumn("Rule", width=140),
        },
    )


def history(versions: Sequence[TypeVersion]) -> None:
    st.markdown("### Versions")
    config = st.column_config
    st.dataframe(
        {
            "version": [v.version for v in versions],
            "title": [v.title for v in versions],
            "who": [v.saved_by for v in versions],
            "when": [v.saved_at for v in versions],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(versions), 8),
        key="versions",
        alt="Versions of the type",
        column_config={
            "version": tables.numbers("Version", 70),
            "title": config.TextColumn("Title", width=260),
            "who": config.TextColumn("Saved by", width=150),
            "when": tables.moments("Saved"),
        },
    )
