"""The editor of a team's own type: where it begins, the table of fields and rules, and what they say about a file at once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from importer.errors import NotFound, TypeProblem
from importer.model import TypeForm
from importer.service import Person
from pages.kinds import grid
from pages.kinds.begin import begin
from pages.kinds.state import NEW, SAVED, Draft, draft_of, forget, keep, leave_to
from pages.kinds.trial import try_it
from pages.widgets.screen import action, describe, show_pending_problem, show_problem
from pages.widgets.service import importer


def draw(person: Person, key: str) -> None:
    """key: the name of a type, or NEW. Raises NotFound."""
    draft = draft_of(key)
    if draft is None and key != NEW:
        draft = _of_saved(person, key)
    way = st.container()
    st.title("New type" if key == NEW else "Edit type", anchor=False)
    show_pending_problem()
    if draft is None:
        way_back(way, key, changed=False)
        begin(person)
        return
    if draft.told:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
            st.markdown(":blue[:material/info:]", width="content")
            st.text(draft.told, width="stretch")
    way_back(way, key, changed=edit(person, draft) != draft.saved)


def way_back(place: DeltaGenerator, key: str, *, changed: bool) -> None:
    words = "Leave without saving" if changed else "Import types" if key == NEW else "Back to the type"
    place.button(words, icon=":material/arrow_back:", key="back", type="tertiary", on_click=leave, args=(key,))


def _of_saved(person: Person, name: str) -> Draft:
    versions = importer().type_versions(person, name)
    if not versions:
        raise NotFound("This type comes with the importer and cannot be changed.", fix="Make a type of your own instead.")
    newest = versions[0]
    draft = Draft(name, newest.document, newest.name, newest.version, saved=newest.document)
    keep(draft)
    return draft


def leave(key: str) -> None:
    forget()
    leave_to(**({} if key == NEW else {"type": key}))


def edit(person: Person, draft: Draft) -> str:
    """Draws the editor; returns the document as it stands now."""
    form = importer().type_form(person, draft.text)
    name, form = head(draft, form)
    problem = st.container()
    form = grid.edit(draft, form)
    text = importer().edited_type(person, draft.text, form)
    try:
        importer().read_type(person, text)
        right = True
    except TypeProblem as error:
        right = False
        with problem:
            show_problem(describe(error))
    save_row(person, draft, name, text, right)
    try_it(person, draft, text, right)
    as_text(draft, name, text)
    return text


def head(draft: Draft, form: TypeForm) -> tuple[str, TypeForm]:
    """Name, title and description of the type."""
    turn = f"{draft.key} {draft.turn}"
    with st.grid(2, min_column_width=240, gap="small"):
        title = st.text_input("Title", value=form.title, key=f"title {turn}", max_chars=80, placeholder="Price list")
        name = st.text_input(
            "Name",
            value=draft.name,
            key=f"name {turn}",
            max_chars=40,
            disabled=draft.based_on > 0,
            placeholder="price_list",
            help="Small letters, digits and underscores. It also names the table of the records and cannot be changed later.",
        )
    description = st.text_input(
        "Description", value=form.description, key=f"description {turn}", max_chars=500, placeholder="What one line of the file is"
    )
    return (name or "").strip(), replace(form, title=(title or "").strip(), description=(description or "").strip())


def save_row(person: Person, draft: Draft, name: str, text: str, right: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = f"Save as version {draft.based_on + 1}"
        unchanged = text == draft.saved
        ready = right and bool(name) and not unchanged
        arguments = (person, draft, name, text)
        st.button(label, type="primary", icon=":material/save:", key="save", disabled=not ready, on_click=save, args=arguments)
        if not name:
            st.caption("Give the type a name first.", width="content")
        elif unchanged:
            st.caption("Nothing was changed yet.", width="content")
        elif not right:
            st.caption("Correct the document first; the box above the table says where.", width="content")
        else:
            st.caption("New imports take the new version; imports that ran keep theirs.", width="content")


@action
def save(person: Person, draft: Draft, name: str, text: str) -> None:
    saved = importer().save_type(person, name, text, based_on=draft.based_on)
    st.session_state[SAVED] = {"name": saved.name, "version": saved.version, "file": draft.file}
    forget()
    leave_to(type=saved.name)


def as_text(draft: Draft, name: str, text: str) -> None:
    """The whole document, for what the table does not show."""
    st.space("small")
    with st.expander("The document as text, with all that the table does not show", key="as-text", icon=":material/code:"):
        st.caption("Here you add rules over several fields, hints, and other names of columns.")
        key = f"text {draft.key} {draft.turn} {hash(text)}"
        st.text_area("Table Schema (YAML or JSON)", value=text, height=360, key=key, max_chars=1_000_000)
        st.button("Use this text", key="use_text", icon=":material/check:", on_click=use_text, args=(draft, name, key))


@action
def use_text(draft: Draft, name: str, key: str) -> None:
    text = st.session_state[key]
    importer().type_form(importer().local_person(), text)
    draft.text, draft.name, draft.turn = text, name, draft.turn + 1
