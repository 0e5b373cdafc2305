"""Step 2: how the file is read, why, and what its first records are then."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from importer.errors import EmptyFile, FileProblem, FileTooLarge, UnsafeFile, UnsupportedFormat
from importer.model import Dialect, Import, Preview
from importer.service import Person
from pages.steps.plan import DELIMITERS, ENCODINGS, ESCAPES, QUOTES, choices
from pages.steps.state import choose_dialect, chosen_dialect
from pages.widgets.format import count, visible
from pages.widgets.screen import describe, show_problem
from pages.widgets.service import importer

MOST_COLUMNS = 60
HOPELESS = (EmptyFile, FileTooLarge, UnsafeFile, UnsupportedFormat)  # no dialect makes such a file readable


def read(person: Person, item: Import) -> Preview | None:
    """The preview with the chosen dialect; None, with words about it, when the file cannot be read that way."""
    try:
        detected = importer().preview(person, item.id)
    except FileProblem as problem:
        show_problem(describe(problem))
        if isinstance(problem, HOPELESS):
            return None
        wanted = chosen_dialect(item, Dialect())
        return _reread(person, item, wanted or Dialect())
    wanted = chosen_dialect(item, detected.dialect)
    dialect_form(item, wanted or detected.dialect)
    if wanted is None or wanted == detected.dialect:
        evidence(detected)
        return detected
    st.caption(":material/edit: You changed how the file is read.")
    return _try(person, item, wanted)


def _reread(person: Person, item: Import, dialect: Dialect) -> Preview | None:
    """After a file could not be read as detected: the person chooses."""
    dialect_form(item, dialect)
    return _try(person, item, dialect) if chosen_dialect(item, dialect) else None


def _try(person: Person, item: Import, dialect: Dialect) -> Preview | None:
    try:
        return importer().preview(person, item.id, dialect)
    except FileProblem as problem:
        show_problem(describe(problem))
        return None


def dialect_form(item: Import, dialect: Dialect) -> None:
    """Everything that was detected, each correctable. A correction goes into the address."""
    keys = {name: f"{name} {item.id}" for name in ("encoding", "delimiter", "quote", "escape", "header")}

    def corrected() -> None:
        header = bool(st.session_state[keys["header"]])
        choose_dialect(
            replace(
                dialect,
                encoding=st.session_state[keys["encoding"]],
                delimiter=st.session_state[keys["delimiter"]],
                quote=st.session_state[keys["quote"]],
                escape=st.session_state[keys["escape"]],
                header=header,
                header_line=(dialect.header_line or 1) if header else 0,
            )
        )

    def choice(label: str, name: str, options: dict[str | None, str]) -> None:
        values = list(options)
        current = getattr(dialect, name)
        st.selectbox(
            label,
            values,
            index=values.index(current),
            format_func=options.__getitem__,
            key=keys[name],
            on_change=corrected,
        )

    with st.grid(5, min_column_width=150, gap="small", vertical_alignment="bottom"):
        choice("Encoding", "encoding", choices(ENCODINGS, dialect.encoding))
        choice("Delimiter", "delimiter", choices(DELIMITERS, dialect.delimiter))
        choice("Quotation mark", "quote", choices(QUOTES, dialect.quote))
        choice("Quotes inside a value", "escape", choices(ESCAPES, dialect.escape))
        st.toggle("Has a header", value=dialect.header, key=keys["header"], on_change=corrected)


def evidence(preview: Preview) -> None:
    """Why the file is read as it is."""
    if preview.evidence:
        with st.expander("Why it is read this way", key="evidence", icon=":material/lightbulb:"):
            for sentence in preview.evidence:
                st.text(sentence, width="stretch")


def notices(sentences: tuple[str, ...]) -> None:
    """Facts about the file that a person should know."""
    for sentence in sentences:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(":orange[:material/info:]", width="content")
            st.text(sentence, width="stretch")


def preview_table(preview: Preview) -> None:
    """The first records with the line on which each begins."""
    shown = preview.columns[:MOST_COLUMNS]
    problems = any(problem for _, _, problem in preview.rows)
    data: dict[str, list[object]] = {"line": [line for line, _, _ in preview.rows]}
    config = {"line": st.column_config.NumberColumn("Line", format="localized", width=64)}
    if problems:
        data["problem"] = [problem or "" for _, _, problem in preview.rows]
        config["problem"] = st.column_config.TextColumn("Problem", width=260)
    for position, name in enumerate(shown):
        data[f"c{position}"] = [None if cells is None else cells[position] for _, cells, _ in preview.rows]
        config[f"c{position}"] = st.column_config.TextColumn(visible(name, 60) or "(no name)")
    st.dataframe(
        data,
        hide_index=True,
        row_height=30,
        height=min(len(preview.rows), 8) * 30 + 32,
        column_config=config,
        key="preview",
        placeholder="",
        alt="The first records of the file",
    )
    words = f"The first {count(len(preview.rows), 'record')}, {count(len(preview.columns), 'column')}"
    if len(preview.columns) > len(shown):
        words += f", of which the first {len(shown)} are shown here; all of them are in the mapping below"
    st.caption(words + ".")
