"""Step 1: what is imported, and from which file."""

from __future__ import annotations

import streamlit as st

from importer.model import Import, Status, TypeInfo
from importer.service import Person
from pages.steps.plan import DATA_TYPES
from pages.steps.state import enter, leave_draft
from pages.widgets.format import size, visible
from pages.widgets.screen import action
from pages.widgets.service import importer
from pages.widgets.upload import Uploaded, upload


def choose(person: Person) -> None:
    """Type and file; ends with a draft."""
    kinds = {t.name: t for t in importer().types(person)}
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container(gap="small"):
            name = st.selectbox(
                "What is in the file?",
                list(kinds),
                format_func=lambda n: kinds[n].title,
                key="type",
                bind="query-params",
                required=True,
            )
            describe(kinds[name])
        with st.container(gap="small"):
            st.markdown("The file", width="content")
            upload("upload", importer().settings.max_upload_bytes, lambda file: arrived(person, file, name))
            with st.container(horizontal=True, gap="small"):
                if importer().has_sample(name):
                    st.button(
                        "Try it with a sample",
                        icon=":material/science:",
                        key="sample",
                        on_click=sample,
                        args=(person, name),
                    )
                if kinds[name].fields:
                    template(person, name)


def template(person: Person, name: str) -> None:
    """A file to fill in."""
    st.download_button(
        "Template (CSV)",
        lambda: importer().template(person, name),
        file_name=f"{name}-template.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="template",
    )


def describe(kind: TypeInfo) -> None:
    """The type in words: what it is, what a record needs, which fields there are."""
    st.text(kind.description)
    required = [f.name for f in kind.fields if f.required]
    if required:
        st.text("Every record needs " + ", ".join(required) + ".")
    if kind.one_of:
        st.text("Every record needs at least one of " + ", ".join(kind.one_of) + ".")
    if not kind.fields:
        return
    with st.expander(f"All {len(kind.fields)} fields", key="fields"):
        st.dataframe(
            {
                "name": [f.name for f in kind.fields],
                "type": [DATA_TYPES.get(f.type, f.type.capitalize()) for f in kind.fields],
                "description": [f.description for f in kind.fields],
                "example": [f.example for f in kind.fields],
            },
            hide_index=True,
            height=260,
            column_config={"name": "Field", "type": "Type", "description": "What it is", "example": "Example"},
        )


@action
def arrived(person: Person, file: Uploaded, kind: str) -> None:
    enter(importer().draft(person, file.id, kind).id)


@action
def sample(person: Person, kind: str) -> None:
    enter(importer().draft_sample(person, kind).id)


def summary(person: Person, item: Import, title: str) -> None:
    """Step 1 when it is done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(title, color="blue", icon=":material/category:")
        st.text(visible(item.source.name, 120))
        st.caption(size(item.source.bytes), width="content")
        if item.status in (Status.DRAFT, Status.CHECKED):
            st.button("Choose another file", key="other", type="tertiary", on_click=other_file, args=(person, item.id))


@action
def other_file(person: Person, import_id: int) -> None:
    """Throws the draft away: nothing was imported from it."""
    importer().discard(person, import_id)
    leave_draft()
