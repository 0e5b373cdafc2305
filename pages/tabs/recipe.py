"""Tab Recipe: all decisions of the import, as they were used."""

from __future__ import annotations

import json

import streamlit as st

from importer.model import Dialect, Import, Recipe
from importer.service import Person
from pages.steps.plan import DATA_TYPES, DELIMITERS, ENCODINGS, ESCAPES, QUOTES, choices
from pages.widgets import tables
from pages.widgets.facts import facts
from pages.widgets.format import count, number, visible


def draw(_person: Person, item: Import) -> None:
    recipe = item.recipe
    if recipe is None:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown(":gray[:material/info:] Nothing was decided yet.", width="content")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption("The check and the load used exactly this. The file works with the command line too.", width="content")
        st.download_button(
            "Recipe (JSON)",
            json.dumps(recipe.to_dict(), ensure_ascii=False, indent=2),
            file_name=f"import-{item.id}-recipe.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="recipe",
        )
    st.markdown("**How the file is read**")
    facts(dialect_facts(recipe.dialect))
    if recipe.options:
        st.markdown("**Options**")
        facts((str(name), visible(str(value))) for name, value in recipe.options.items())
    mapping(recipe)


def dialect_facts(dialect: Dialect) -> list[tuple[str, str]]:
    header = f"Line {number(dialect.header_line)}" if dialect.header else "None"
    return [
        ("Format", dialect.format.upper()),
        ("Encoding", choices(ENCODINGS, dialect.encoding)[dialect.encoding]),
        ("Delimiter", choices(DELIMITERS, dialect.delimiter)[dialect.delimiter]),
        ("Quotation mark", choices(QUOTES, dialect.quote)[dialect.quote]),
        ("Quotes inside a value", choices(ESCAPES, dialect.escape)[dialect.escape]),
        ("Names of the columns", header),
    ]


def mapping(recipe: Recipe) -> None:
    used = sum(c.field is not None for c in recipe.mapping)
    st.markdown(f"**Mapping**: {number(used)} of {count(len(recipe.mapping), 'column')}, type version {recipe.type_version}")
    st.dataframe(
        {
            "column": [visible(c.column, 120) for c in recipe.mapping],
            "field": [visible(c.field, 120) if c.field else "(not imported)" for c in recipe.mapping],
            "type": [DATA_TYPES.get(c.type, c.type) if c.type else "" for c in recipe.mapping],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(recipe.mapping), 14),
        key="mapping",
        alt="Columns and the fields they went into",
        column_config={"column": "Column of the file", "field": "Field", "type": "Data type of a new attribute"},
    )
