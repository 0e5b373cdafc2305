"""Where a new type begins: from a file, from a document, or with an empty table."""

from __future__ import annotations

import streamlit as st

from importer.service import Person
from pages.kinds.state import NEW, Draft, keep
from pages.kinds.table import name_from
from pages.widgets.format import count
from pages.widgets.screen import action
from pages.widgets.service import importer
from pages.widgets.upload import Uploaded, upload

EMPTY = "fields:\n  - {name: field_1, title: Field 1, type: string}\n"
LARGEST_DOCUMENT = 1_000_000


def begin(person: Person) -> None:
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container(border=True, gap="small", height="stretch", key="from-file"):
            st.markdown("### From a file with records")
            st.text("Fields, data types and first rules are made from what the file holds. You change them before anything is saved.")
            upload("inferred", importer().settings.max_upload_bytes, lambda file: infer(person, file))
        with st.container(border=True, gap="small", height="stretch", key="from-document"):
            st.markdown("### From a document")
            st.text("A Table Schema in JSON or YAML, for example one that another tool has written or that you downloaded here.")
            upload("document", LARGEST_DOCUMENT, lambda file: take(person, file))
    st.button("Begin with an empty table", icon=":material/table_rows:", key="empty", type="tertiary", on_click=empty)


@action
def infer(person: Person, file: Uploaded) -> None:
    """The file becomes a draft of the type that takes any table, so that rules can be tried on it and it can be imported later."""
    import_id = importer().draft(person, file.id, "generic").id
    found = importer().infer_type(person, import_id)
    looked = f"all {count(found.records, 'record')}" if found.whole else f"the first {count(found.records, 'record')}"
    told = f"Made from {looked} of the file. A file can have a rule by chance: look at what is required, unique and allowed."
    _start(person, found.document, import_id, told)


@action
def take(person: Person, file: Uploaded) -> None:
    _start(person, importer().uploaded_document(person, file.id), None, "")


@action
def empty() -> None:
    keep(Draft(NEW, EMPTY))


def _start(person: Person, text: str, file: int | None, told: str) -> None:
    form = importer().type_form(person, text)
    keep(Draft(NEW, text, name_from(form.title), 0, file, told))
