"""What is available: the loaded records of a type, with the import that each came from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from importer.model import RecordFilter, RecordPage, TableInfo
from pages.widgets import tables
from pages.widgets.format import visible
from pages.widgets.screen import action, go, guard, number_in_address, show_pending_problem
from pages.widgets.service import importer

PER_PAGE = 100
OPERATORS = {
    "contains": "contains",
    "equals": "equals",
    "empty": "is empty",
    "filled": "is filled",
    "at least": "is at least",
    "at most": "is at most",
}
META = {"_import": "Last import", "_line": "Line", "_created_by": "Created by import", "_updated_at": "Changed"}
HIDDEN = ("_id",)  # numbers of the destination's own, which mean nothing to people
person = guard()


def first_page() -> None:
    st.session_state["page"] = 1


def choose(infos: dict[str, TableInfo]) -> str:
    """The type; at first one that has records."""
    names = list(infos)
    filled = next((i for i, name in enumerate(names) if infos[name].records), 0)
    with_type = st.selectbox(
        "Type",
        names,
        index=filled,
        format_func=lambda n: infos[n].title,
        key="type",
        bind="query-params",
        width=230,
        on_change=other_type,
    )
    return with_type or names[filled]


def other_type() -> None:
    """Columns of one type mean nothing for another."""
    for name in ("column", "value"):
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
    first_page()


def filters(columns: tuple[str, ...]) -> tuple[RecordFilter, ...]:
    """One condition on one column, kept in the address."""
    column = st.selectbox(
        "Column",
        columns,
        index=None,
        format_func=lambda c: META.get(c, visible(c, 60)),
        key="column",
        bind="query-params",
        placeholder="Any",
        width=190,
        on_change=first_page,
    )
    operator = st.selectbox(
        "Condition",
        list(OPERATORS),
        format_func=OPERATORS.__getitem__,
        key="op",
        bind="query-params",
        width=130,
        disabled=column is None,
        on_change=first_page,
    )
    needs_value = operator not in ("empty", "filled")
    value = st.text_input(
        "Value",
        key="value",
        bind="query-params",
        max_chars=500,
        width=180,
        disabled=column is None or not needs_value,
        on_change=first_page,
    )
    if column is None or (needs_value and not value):
        return ()
    return (RecordFilter(column, operator, (value or "") if needs_value else ""),)


def open_import(ids: tuple[int | None, ...]) -> None:
    click = st.session_state.get("open_import")
    if click is not None:
        st.session_state["open import"] = ids[click["row"]]


def table(page: RecordPage) -> None:
    """Records with the columns of the destination; the last columns say where a record comes from."""
    config = st.column_config
    origin = page.columns.index("_import") if "_import" in page.columns else None
    data: dict[str, list[object]] = {}
    columns: dict[str, Any] = {}
    if origin is not None:
        ids = tuple(row[origin] for row in page.rows)
        data["open"] = [f"#{i}" if i is not None else "" for i in ids]
        columns["open"] = config.ButtonColumn(
            "Import",
            key="open_import",
            on_click=open_import,
            args=(ids,),
            type="tertiary",
            width=66,
            help="Opens the import that wrote the record last",
        )
    for position, name in enumerate(page.columns):
        if position == origin or name in HIDDEN:
            continue
        key = f"c{position}"
        data[key] = [shown(row[position]) for row in page.rows]
        label = META.get(name, visible(name, 60))
        columns[key] = tables.moments(label) if name == "_updated_at" else config.Column(label)
    st.dataframe(
        data,
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(page.rows), 16),
        key="records",
        placeholder="",
        column_config=columns,
        alt="Loaded records",
    )


def shown(value: object) -> object:
    """Lists and documents as text, so that every cell of a column is of one kind."""
    return str(value) if isinstance(value, list | dict | tuple | bytes) else value


def empty(filtered: bool) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        if filtered:
            st.markdown("**No record fits**", width="content")
            st.button("Show all records", on_click=clear, icon=":material/filter_alt_off:", key="clear")
        else:
            st.markdown("**Nothing was imported yet**", width="content")
            st.text("Here you will find every loaded record and the import that it came from.")
            if st.button("New import", type="primary", icon=":material/add:", key="new"):
                go("new_import.py")
        st.space("small")


@action
def clear() -> None:
    for name in ("column", "value", "import"):
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
    first_page()


def busy(words: str) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(":blue[:material/sync:] **The records are being written**", width="content")
        st.text(words)
        st.button("Look again", icon=":material/refresh:", key="refresh", type="primary")
        st.space("small")


def main() -> None:
    if opened := st.session_state.pop("open import", None):
        go("import_details.py", id=opened)
    st.title("Data", anchor=False)
    show_pending_problem()
    infos = {t.type: t for t in importer().tables(person)}
    if not infos:
        empty(False)
        return
    only = number_in_address("import")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = choose(infos)
        columns = tuple(c for c in importer().records(person, kind, limit=1).columns if c not in HIDDEN)
        conditions = filters(columns)
        st.text_input("Import", key="import", bind="query-params", placeholder="#12", width=90, max_chars=12, on_change=first_page)
    offset = tables.page_offset("page", PER_PAGE)
    page = importer().records(person, kind, filters=conditions, import_id=only, offset=offset, limit=PER_PAGE)
    tables.settle("page", page.total, offset)
    if page.busy:
        busy(page.busy)
    elif not page.rows:
        empty(bool(conditions) or only is not None)
    else:
        table(page)
        tables.pages("page", page.total, offset, PER_PAGE, "record")


main()
