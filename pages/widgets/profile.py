"""What the columns of a file hold."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.widgets import tables
from pages.widgets.facts import facts
from pages.widgets.format import NOTHING, number, percent, visible

TYPES = {
    "integer": "Whole number",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "datetime": "Date and time",
    "string": "Text",
    "empty": "Empty",
}


def plain(value: object) -> str:
    """A value of a profile as text."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else visible(str(value), 100)


def distinct(column: dict[str, Any]) -> str:
    """How many different values; a sign marks an estimate."""
    return ("" if column["distinct_exact"] else "≈ ") + number(column["distinct"])


def lengths(column: dict[str, Any]) -> str:
    """Shortest to longest text, in characters."""
    least, most = column.get("min_length"), column.get("max_length")
    if least is None or most is None:
        return NOTHING
    return number(least) if least == most else f"{number(least)} to {number(most)}"


def top_text(column: dict[str, Any], most: int = 3) -> str:
    """The most frequent values with their counts."""
    return ", ".join(f"{visible(str(v), 30)} ({number(n)})" for v, n in (column.get("top") or [])[:most])


def bars(column: dict[str, Any]) -> list[int]:
    """Heights for a small chart: the histogram, or else how often the most frequent values occur."""
    histogram = column.get("histogram")
    if histogram:
        return list(histogram["counts"])
    return [n for _, n in column.get("top") or []]


def table(profile: dict[str, Any]) -> None:
    columns, records = profile["columns"], profile["records"]
    config = st.column_config
    data = {
        "column": [visible(c["column"], 80) for c in columns],
        "type": [TYPES.get(c["type"], c["type"]) for c in columns],
        "filled": [100 * c["filled"] / records if records else 0.0 for c in columns],
        "distinct": [distinct(c) for c in columns],
        "chart": [bars(c) for c in columns],
        "min": [plain(c["min"]) for c in columns],
        "max": [plain(c["max"]) for c in columns],
        "mean": [plain(c["mean"]) for c in columns],
        "length": [lengths(c) for c in columns],
        "top": [top_text(c) for c in columns],
    }
    st.dataframe(
        data,
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(columns), 14),
        key="profile",
        alt="Columns of the file",
        column_config={
            "column": config.TextColumn("Column", width=150),
            "type": config.TextColumn("Type", width=105),
            "filled": config.ProgressColumn("Filled", format="%.0f%%", min_value=0, max_value=100, width=105),
            "distinct": config.TextColumn("Different values", width=110, alignment="right"),
            "chart": config.BarChartColumn("Spread", width=110, y_min=0),
            "min": config.TextColumn("Smallest", width=130),
            "max": config.TextColumn("Largest", width=130),
            "mean": config.TextColumn("Mean", width=85, alignment="right"),
            "length": config.TextColumn("Length", width=85, alignment="right"),
            "top": config.TextColumn("Most frequent", width=290),
        },
    )


def detail(profile: dict[str, Any]) -> None:
    """One column, chosen by the reader, in full."""
    columns = profile["columns"]
    index = st.selectbox(
        "Column in detail",
        range(len(columns)),
        format_func=lambda i: visible(columns[i]["column"], 80),
        key="profiled",
        width=320,
    )
    column, records = columns[index or 0], profile["records"]
    facts(
        [
            ("Type", TYPES.get(column["type"], column["type"])),
            ("Filled", f"{number(column['filled'])} ({percent(column['filled'], records)})"),
            ("Empty", f"{number(column['empty'])} ({percent(column['empty'], records)})"),
            ("Different values", distinct(column)),
            ("Smallest", plain(column["min"])),
            ("Largest", plain(column["max"])),
            ("Mean", plain(column["mean"])),
            ("Length", lengths(column)),
            ("Mean length", plain(column.get("mean_length"))),
        ],
        column_width=150,
    )
    with st.grid(2, min_column_width=300):
        _top(column, records)
        _spread(column)


def _top(column: dict[str, Any], records: int) -> None:
    top = column.get("top")
    with st.container(gap="xsmall"):
        st.markdown("**Most frequent values**" if top else "**First values**")
        values = [v for v, _ in top] if top else column.get("examples", [])
        data: dict[str, list[object]] = {"value": [plain(v) for v in values]}
        if top:
            data |= {"records": [n for _, n in top], "share": [percent(n, records) for _, n in top]}
        else:
            st.caption("The column has more than 5,000 different values, so they were not counted one by one.")
        st.dataframe(
            data,
            hide_index=True,
            row_height=tables.ROW,
            height=tables.height(len(values)),
            column_config={
                "value": st.column_config.TextColumn("Value"),
                "records": tables.numbers("Records"),
                "share": st.column_config.TextColumn("Share", width=80, alignment="right"),
            },
        )


def _spread(column: dict[str, Any]) -> None:
    histogram = column.get("histogram")
    if not histogram:
        return
    edges, counts = histogram["edges"], histogram["counts"]
    with st.container(gap="xsmall"):
        st.markdown("**Spread**")
        st.bar_chart(
            {"from": [plain(e) for e in edges[: len(counts)]], "records": counts},
            x="from",
            y="records",
            x_label="from",
            y_label="records",
            sort=False,
            height=260,
            alt="How many records have values from each edge on",
        )
