"""What the steps of one import remember. The address holds the place, the session the edits not yet checked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from importer.model import Dialect, Import, Preview, Recipe, TypeInfo
from importer.service import Person
from pages.steps.plan import dialect_from_text, dialect_to_text
from pages.widgets.service import importer

READ_AS = "read_as"


def chosen_dialect(item: Import, detected: Dialect) -> Dialect | None:
    """The dialect that a person chose, now or with an earlier check; None: as detected."""
    named = dialect_from_text(st.query_params.get(READ_AS, ""), detected)
    if named:
        return named
    return item.recipe.dialect if item.recipe else None


def choose_dialect(dialect: Dialect) -> None:
    st.query_params[READ_AS] = dialect_to_text(dialect)


def start_recipe(person: Person, item: Import, preview: Preview, kind: TypeInfo) -> Recipe:
    """Where the mapping table begins: the recipe of the last check when it fits the columns, or a suggestion.

    It stays the same object while a person edits, because edits are counted from it.
    """
    key = f"recipe {item.id}"
    kept: Recipe | None = st.session_state.get(key)
    same_type = kept and (kept.type, kept.type_version) == (kind.name, kind.version)
    if kept and same_type and kept.dialect == preview.dialect and len(kept.mapping) == len(preview.columns):
        return kept
    earlier = item.recipe
    if earlier and tuple(c.column for c in earlier.mapping) == preview.columns and _has_all(kind, earlier):
        recipe = replace(earlier, dialect=preview.dialect, type_version=kind.version)  # a new check takes the newest rules
    else:
        recipe = importer().suggest_recipe(person, item.id, preview.dialect)
    st.session_state[key] = recipe
    return recipe


def _has_all(kind: TypeInfo, recipe: Recipe) -> bool:
    """Whether the type still has every field that a recipe names; a newer version may have others."""
    known = {f.name for f in kind.fields}
    return kind.open or all(c.field in known for c in recipe.mapping if c.field)


def leave_draft() -> None:
    """Back to the first step with nothing chosen."""
    for name in ("id", READ_AS):
        st.query_params.pop(name, None)


def enter(import_id: int) -> None:
    """From here on the steps are about this import."""
    st.query_params.pop(READ_AS, None)
    st.query_params["id"] = str(import_id)
