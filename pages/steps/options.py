"""Choices of an import beside its mapping: how strict it is, and what it does to records that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from importer.model import Import, Recipe, TypeInfo

UTC = "UTC"
MODES = {
    "overwrite": "Replace it: what the file does not have becomes empty",
    "partial": "Change only what the file has",
}
BAD_OPTIONAL = {
    "reject_record": "Reject the record",
    "drop_value": "Leave the value out and load the record",
}


def edit(item: Import, kind: TypeInfo, recipe: Recipe) -> Recipe:
    """The options as a person chose them. What is as usual is not written down, so that looking at it changes nothing."""
    with st.expander("Options", icon=":material/tune:", key=f"options {item.id}"), st.container(gap="small"):
        chosen = {**_load(item, kind, recipe), **_rules(item, kind, recipe), **_own(item, kind, recipe)}
    usual = usual_options(kind)
    kept = {name: value for name, value in recipe.options.items() if name not in usual}
    options = kept | {name: value for name, value in chosen.items() if value != usual[name]}
    return recipe if options == dict(recipe.options) else replace(recipe, options=options)


def usual_options(kind: TypeInfo) -> dict[str, Any]:
    """Every option that can be chosen here, with the value that it has when nobody chooses."""
    own = {option.name: option.default for option in kind.options}
    return {"mode": kind.mode, "on_bad_optional": "reject_record", "strict_empty": False, "time_zone": UTC, **own}


def _load(item: Import, kind: TypeInfo, recipe: Recipe) -> dict[str, Any]:
    if len(kind.modes) < 2:
        return {"mode": kind.mode}
    mode = st.radio(
        "When a record is there already",
        kind.modes,
        index=kind.modes.index(_now(recipe.options, "mode", kind.mode)),
        format_func=MODES.__getitem__,
        key=f"mode {item.id}",
    )
    return {"mode": mode}


def _rules(item: Import, kind: TypeInfo, recipe: Recipe) -> dict[str, Any]:
    if not kind.fields:
        return {}
    ways, zones = list(BAD_OPTIONAL), sorted(available_timezones())
    zone = str(_now(recipe.options, "time_zone", UTC))
    with st.grid(2, min_column_width=280, gap="small"):
        bad = st.selectbox(
            "A wrong value in a field that need not be filled",
            ways,
            index=ways.index(_now(recipe.options, "on_bad_optional", ways[0])),
            format_func=BAD_OPTIONAL.__getitem__,
            key=f"bad optional {item.id}",
            required=True,
        )
        chosen = st.selectbox(
            "Time zone of times without one",
            zones if zone in zones else [zone, *zones],
            index=zones.index(zone) if zone in zones else 0,
            key=f"zone {item.id}",
            required=True,
        )
    strict = st.toggle(
        "Empty cells are errors",
        value=bool(_now(recipe.options, "strict_empty", False)),
        key=f"strict {item.id}",
        help="Where a cell has no value the file must say so with a text that stands for no value, for example null.",
    )
    return {"on_bad_optional": bad, "time_zone": chosen, "strict_empty": strict}


def _own(item: Import, kind: TypeInfo, recipe: Recipe) -> dict[str, Any]:
    return {
        option.name: st.toggle(
            option.title,
            value=bool(_now(recipe.options, option.name, option.default)),
            key=f"option {option.name} {item.id}",
            help=option.description or None,
        )
        for option in kind.options
    }


def _now(options: Mapping[str, Any], name: str, usual: Any) -> Any:
    return options.get(name, usual)
