"""Where an import stands, in one word, and what its bars and tables say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from importer.model import Finding, Goal, Import, Ledger, Outcome, Severity, Stage, StageName, StageStatus, Status
from pages.widgets import failures, profile, results, stages, state

MakeImport = Callable[..., Import]


@pytest.mark.parametrize(
    ("status", "goal", "outcome", "word"),
    [
        (Status.DRAFT, Goal.CHECK, None, "Draft"),
        (Status.QUEUED, Goal.CHECK, None, "Waiting"),
        (Status.RUNNING, Goal.CHECK, None, "Checking"),
        (Status.RUNNING, Goal.RUN, None, "Running"),
        (Status.CHECKED, Goal.CHECK, None, "Checked"),
        (Status.FINISHED, Goal.RUN, Outcome.COMPLETED, "Completed"),
        (Status.FINISHED, Goal.RUN, Outcome.PARTIALLY, "Partially"),
        (Status.FINISHED, Goal.RUN, Outcome.ERRORS, "With errors"),
        (Status.CANCELLED, Goal.RUN, Outcome.ERRORS, "Cancelled"),
    ],
)
def test_every_status_and_outcome_has_a_word(
    make_import: MakeImport, status: Status, goal: Goal, outcome: Outcome | None, word: str
) -> None:
    assert state.state_of(make_import(status=status, goal=goal, outcome=outcome)).label == word


def test_the_list_says_why_an_import_ended_badly(make_import: MakeImport) -> None:
    assert state.why(make_import(status=Status.FINISHED, reason="The file breaks off.")) == "The file breaks off."
    assert state.why(make_import(status=Status.CHECKED)) == "Waits for somebody to start it."
    assert state.why(make_import(status=Status.FINISHED, outcome=Outcome.COMPLETED)) == ""


def test_the_list_says_what_a_running_import_does(make_import: MakeImport) -> None:
    load = Stage(StageName.LOAD, StageStatus.RUNNING, step="Writing")
    assert state.why(make_import(status=Status.RUNNING, load=load)) == "Writing"


def test_a_bar_reaches_100_percent_only_when_the_stage_is_completed() -> None:
    almost = Stage(StageName.LOAD, StageStatus.RUNNING, 10, 10)
    assert stages.shown_percent(almost) == 99
    assert stages.shown_percent(Stage(StageName.LOAD, StageStatus.COMPLETED, 0, 0)) == 100


def test_a_running_stage_tells_records_bytes_speed_time_and_step() -> None:
    stage = Stage(StageName.PROCESS, StageStatus.RUNNING, 500, 1000, 40_000, 80_000, 250.0, 62.0, "Reading")
    expected = "500 of 1,000 records · 40 KB of 80 KB · 250 records/s · about 1 min 2 s left · Reading"
    assert stages.stage_facts(stage) == expected


def test_the_ledger_ends_with_its_sum() -> None:
    rows = results.ledger_rows(Ledger(10, 4, 2, 1, 1, 2, 0), before_load=False)
    assert [r[1] for r in rows] == [4, 2, 1, 1, 2, 0, 10]
    assert rows[-1] == ("Sum", 10, "100 %", "all records of the file")


def test_a_ledger_that_does_not_add_up_says_so() -> None:
    assert results.ledger_rows(Ledger(10, 4), before_load=False)[-1][3] == "the file has 10 records"


def test_before_a_load_the_ledger_tells_what_would_happen() -> None:
    assert results.ledger_rows(Ledger(1, 1), before_load=True)[0][0] == "Would be created"


def test_examples_name_the_line_and_an_empty_value() -> None:
    finding = Finding("R", "a", "a", Severity.ERROR, "m", "h", 2, ((1204, "x"), (7, None)))
    assert results.examples_text(finding) == "line 1,204: x; line 7: (empty)"


def test_a_problem_of_a_whole_record_names_no_column_and_no_value() -> None:
    finding = Finding("R", "", "", Severity.ERROR, "m", "h", 1, ((9, None),))
    assert results.examples_text(finding) == "line 9"
    assert results.place("") == "(whole record)"


def test_an_estimated_number_of_values_carries_a_sign() -> None:
    assert profile.distinct({"distinct": 5000, "distinct_exact": False}) == "≈ 5,000"
    assert profile.distinct({"distinct": 5, "distinct_exact": True}) == "5"


def test_the_small_chart_is_the_histogram_or_else_the_frequencies() -> None:
    assert profile.bars({"histogram": {"edges": [0, 1, 2], "counts": [3, 4]}, "top": [["a", 9]]}) == [3, 4]
    assert profile.bars({"histogram": None, "top": [["a", 9], ["b", 1]]}) == [9, 1]
    assert profile.bars({"histogram": None, "top": None}) == []


def test_values_of_a_profile_are_text() -> None:
    assert [profile.plain(v) for v in (None, True, 1234, 0.5, "a\nb")] == ["–", "yes", "1,234", "0.5", "a↵b"]


def test_the_list_opens_with_what_failed_lately(make_import: MakeImport) -> None:
    now = datetime(2026, 11, 3, 13, tzinfo=UTC)
    failed = [make_import(id=n, status=Status.FINISHED, outcome=Outcome.ERRORS) for n in range(5)]
    cancelled = make_import(id=8, status=Status.CANCELLED, outcome=Outcome.ERRORS)
    old = make_import(id=9, status=Status.FINISHED, outcome=Outcome.ERRORS, finished_at=now - timedelta(days=2))
    shown = failures.failed_lately([old, cancelled, *failed], now)
    assert [i.id for i in shown] == [0, 1, 2]
