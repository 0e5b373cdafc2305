"""Part of step 3 where a type has pools: which pool the codes go into. It can be made here."""

from __future__ import annotations

import streamlit as st

from importer.model import Import, PoolDetails, PoolUse, Recipe
from importer.service import Person
from pages.widgets import pools
from pages.widgets.format import visible
from pages.widgets.service import importer


def choose(person: Person, item: Import, recipe: Recipe) -> Recipe:
    """The recipe with the pool that a person chose; without one it stays as it is."""
    uses = {use.pool.id: use for use in importer().pools(person, item.type)}
    key = f"pool {item.id}"
    with st.container(border=True, gap="small", key="pool"):
        st.markdown("**The pool that the codes go into**")
        chosen = select(key, uses, recipe) if uses else None
        if chosen is not None:
            pools.level(uses[chosen])
        with st.expander("Create a pool", icon=":material/add:", expanded=not uses, key=f"new-pool-{len(uses)}"):
            if not uses:
                st.text("There is no pool yet. Give the first one a name; everything else can be changed later.")
            pools.form(f"pool-{len(uses)}", None, lambda details: create(person, item, details), primary=False)
    return importer().in_pool(recipe, uses[chosen].pool) if chosen is not None else recipe


def select(key: str, uses: dict[int, PoolUse], recipe: Recipe) -> int | None:
    names, before = list(uses), recipe.options.get("pool")
    return st.selectbox(
        "Pool",
        names,
        index=names.index(before) if before in uses else None,
        format_func=lambda number: visible(uses[number].pool.name, 100),
        key=key,
        placeholder="Choose a pool",
        label_visibility="collapsed",
        width=420,
    )


def create(person: Person, item: Import, details: PoolDetails) -> None:
    """Makes the pool and chooses it for this import."""
    st.session_state[f"pool {item.id}"] = importer().create_pool(person, item.type, details).id
