"""Import types: all of them, one in detail, and the editor of a team's own. The address says which: ?type=prices, ?edit=prices."""

from __future__ import annotations

import streamlit as st

from importer.errors import NotAllowed, NotFound, TypeProblem
from pages.kinds import details, editor, overview
from pages.kinds.state import opened, show_target
from pages.widgets.screen import describe, go, guard, show_pending_problem, show_problem

person = guard()


def main() -> None:
    if target := st.session_state.pop("leave to", None):
        go(target[0], id=target[1])
    show_target()
    show, edit = opened()
    try:
        if edit is not None:
            editor.draw(person, edit)
        elif show is not None:
            details.draw(person, show)
        else:
            overview.draw(person)
    except (NotFound, NotAllowed, TypeProblem) as problem:
        st.title("Import type", anchor=False)
        show_pending_problem()
        show_problem(describe(problem))
        st.page_link("types.py", label="All import types", icon=":material/arrow_back:", query_params={})


main()
