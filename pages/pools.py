"""The pools of codes: how full they are, and the form to make or change one. The address names the one that is open: ?pool=3."""

from __future__ import annotations

import streamlit as st

from importer.model import PoolDetails, PoolUse, TypeInfo
from pages.widgets import pools, tables
from pages.widgets.format import NOTHING, count, visible
from pages.widgets.screen import action, guard, show_pending_problem
from pages.widgets.service import importer

NEW = "new"
person = guard()


def open_form(which: str | None) -> None:
    if which is None:
        st.query_params.pop("pool", None)
    else:
        st.query_params["pool"] = which


def open_row(ids: tuple[int, ...]) -> None:
    click = st.session_state.get("edit")
    if click is not None:
        open_form(str(ids[click["row"]]))


def create(type_name: str, details: PoolDetails) -> None:
    importer().create_pool(person, type_name, details)
    open_form(None)


def change(pool_id: int, details: PoolDetails) -> None:
    importer().change_pool(person, pool_id, details)
    open_form(None)


@action
def close() -> None:
    open_form(None)


def new_pool(kinds: dict[str, TypeInfo], first: bool) -> None:
    with st.container(border=True, gap="small", key="form"):
        st.markdown("**New pool**")
        if first:
            st.text("There is no pool yet. A pool holds the codes of an import apart from others: give it a name to begin.")
        name = next(iter(kinds))
        if len(kinds) > 1:
            name = st.selectbox("For", list(kinds), format_func=lambda n: kinds[n].title, key="for", width=230, required=True)
        pools.form("new pool", None, lambda details: create(name, details), None if first else close)


def edit_pool(use: PoolUse) -> None:
    with st.container(border=True, gap="small", key="form"):
        pools.level(use)
        pools.form(f"pool {use.pool.id}", use.pool.details, lambda details: change(use.pool.id, details), close)
        st.caption("Codes that are in the pool stay as they are; a new prefix or barcode type counts for the next import.")


def table(uses: tuple[PoolUse, ...], kinds: dict[str, TypeInfo]) -> None:
    config = st.column_config
    ids = tuple(use.pool.id for use in uses)
    data = {
        "edit_column": ["Edit"] * len(uses),
        "name": [visible(use.pool.name, 100) for use in uses],
        "state": [[pools.state_of(use.pool).label] for use in uses],
        "share": [pools.share(use) for use in uses],
        "fill": [pools.fill(use) for use in uses],
        "barcode": [use.pool.details.barcode for use in uses],
        "prefix": [use.pool.details.prefix or NOTHING for use in uses],
        "per": [str(use.pool.details.limit_per_profile or NOTHING) for use in uses],
        "from": [use.pool.details.starts_on for use in uses],
        "until": [use.pool.details.ends_on for use in uses],
        "type": [kinds[use.pool.type].title for use in uses],
        "text": [visible(use.pool.details.description, 200) if use.pool.details.description else "" for use in uses],
    }
    columns = {
        "edit_column": config.ButtonColumn("Change", key="edit", on_click=open_row, args=(ids,), type="tertiary", width=66),
        "name": config.TextColumn("Pool", width=170),
        "state": tables.states("State", 90, pools.STATES.values()),
        "share": config.ProgressColumn("Taken", width=110, min_value=0.0, max_value=1.0, format="percent"),
        "fill": config.TextColumn("Codes", width=190),
        "barcode": config.TextColumn("Barcode", width=86),
        "prefix": config.TextColumn("Prefix", width=70),
        "per": config.TextColumn("Per customer", width=100),
        "from": config.DateColumn("From", width=96, format="D MMM YYYY"),
        "until": config.DateColumn("Until", width=96, format="D MMM YYYY"),
        "type": config.TextColumn("Type", width=90),
        "text": config.TextColumn("Description", width=220),
    }
    shown = [name for name in columns if (name != "type" or len(kinds) > 1) and (name not in ("from", "until", "text") or any(data[name]))]
    st.dataframe(
        {name: data[name] for name in shown},
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(uses), 18),
        key="pools",
        placeholder="",
        column_config=columns,
        alt="Pools and how full they are",
    )


def main() -> None:
    kinds = {t.name: t for t in importer().types(person) if t.pools}
    uses = importer().pools(person)
    chosen = st.query_params.get("pool")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Pools", anchor=False, width="content")
        if uses and chosen is None:
            st.button("New pool", type="primary", icon=":material/add:", key="new", on_click=open_form, args=(NEW,))
    show_pending_problem()
    opened = next((use for use in uses if str(use.pool.id) == chosen), None)
    if not uses or chosen == NEW:
        new_pool(kinds, first=not uses)
    elif opened:
        edit_pool(opened)
    elif chosen is not None:
        st.text("The address names a pool that does not exist.")
        st.button("All pools", key="close", on_click=close, type="primary", icon=":material/list_alt:")
    if uses:
        st.caption(f"{count(len(uses), 'pool')}. A code can be in one pool only.")
        table(uses, kinds)


main()
