"""Step 3: which column goes into which field."""

from __future__ import annotations

from typing import Any

import streamlit as st

from importer.model import Import, MappingIssue, Preview, Recipe, Status, TypeInfo
from importer.service import Person
from pages.steps import options, pool
from pages.steps.plan import DATA_TYPES, NEW, Check, checklist, dialect_to_text, field_options, recipe_of, rows_of
from pages.steps.state import start_recipe
from pages.widgets import tables
from pages.widgets.format import count, visible
from pages.widgets.service import importer

_SIGNS = {True: ":green[:material/check_circle:]", False: ":red[:material/error:]", None: ":gray[:material/info:]"}


def edit(person: Person, item: Import, preview: Preview, kind: TypeInfo) -> tuple[Recipe, tuple[MappingIssue, ...]]:
    """The mapping table and, above it, what is still missing. Returns the recipe as it stands and its issues."""
    start = start_recipe(person, item, preview, kind)
    above = st.container()
    recipe = options.edit(item, kind, mapping_table(item, preview, kind, start))
    if kind.pools:
        recipe = pool.choose(person, item, recipe)
    if item.status is Status.DRAFT and recipe != (item.recipe or start):
        importer().keep_recipe(person, item.id, recipe)  # a page that is loaded anew goes on from here
    issues = importer().recipe_issues(person, item.id, recipe)
    with above:
        show_checklist(checklist(recipe, kind, issues), sum(c.field is not None for c in recipe.mapping), len(recipe.mapping))
    return recipe, issues


def mapping_table(item: Import, preview: Preview, kind: TypeInfo, start: Recipe) -> Recipe:
    targets, config = field_options(kind), st.column_config

    def data_type(name: object) -> str:
        return DATA_TYPES.get(str(name), str(name))

    data: dict[str, Any] = {
        "column": [visible(c.column, 80) for c in start.mapping],
        "examples": examples(preview),
        **rows_of(start, kind),
    }
    columns = {
        "column": config.TextColumn("Column of the file", width=165, disabled=True),
        "examples": config.TextColumn("Examples", width=220, disabled=True),
        "field": config.SelectboxColumn(
            "Goes into", width=190, options=list(targets), format_func=lambda v: targets.get(str(v), str(v)), required=True
        ),
        "name": config.TextColumn("Name of the new attribute", width=170, max_chars=200),
        "type": config.SelectboxColumn("Data type", width=110, options=list(DATA_TYPES), format_func=data_type),
    }
    edited = st.data_editor(
        data,
        hide_index=True,
        num_rows="fixed",
        row_height=tables.ROW,
        height=tables.height(len(start.mapping), 14),
        key=f"mapping {item.id} {dialect_to_text(start.dialect)}",
        column_order=list(columns) if kind.open else ["column", "examples", "field"],
        column_config=columns,
        placeholder="",
        alt="Columns of the file and the fields they go into",
    )
    if kind.open:
        st.caption(f"For a field that the list does not have, choose “{targets[NEW]}” and give it a name and a data type.")
    return recipe_of(start, kind, edited)


def examples(preview: Preview, most: int = 3) -> list[str]:
    """A few different values of each column, as they stand in the file."""
    result = []
    for position in range(len(preview.columns)):
        values: dict[str, None] = {}
        for _, cells, _ in preview.rows:
            if cells is not None and cells[position]:
                values.setdefault(str(cells[position]))
            if len(values) == most:
                break
        result.append(" · ".join(visible(v, 30) for v in values) or "(empty in the first records)")
    return result


def show_checklist(lines: list[Check], mapped: int, columns: int) -> None:
    """What the mapping needs, ticked off while a person works."""
    with st.container(border=True, gap="xsmall", key="checklist"):
        st.markdown(f"**What is needed**: {mapped:,} of {count(columns, 'column')} will be imported")
        with st.grid(min_column_width=280, gap="xsmall"):
            for line in lines:
                with st.container(horizontal=True, gap="xsmall", wrap=False):
                    st.markdown(_SIGNS[line.done], width="content")
                    st.text(line.text, width="stretch")
