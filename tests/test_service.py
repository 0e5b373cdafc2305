"""The use cases as pages and programs call them: what is possible when, who may, and what happens to files."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from importer.access import Person
from importer.config import Settings, load_settings
from importer.errors import (
    DeclarationError,
    EmptyFile,
    FileTooLarge,
    NotAllowed,
    NotFound,
    RequiredFieldUnmapped,
    UnsafeFile,
    WrongStatus,
)  # fmt: skip
from importer.model import Goal, Import, ImportFilter, Outcome, RecordFilter, Status
from importer.service import Importer
from tests.conftest import work_here

GOOD = "email,customId,city\na@b.co,1,Paris\nb@b.co,2,Lyon\n"


def test_an_upload_becomes_a_draft_and_leaves_nothing_behind(service: Importer, me: Person, settings: Settings) -> None:
    upload = service.begin_upload(me, "customers.csv")
    upload.write(GOOD.encode())
    draft = service.draft(me, upload.finish(), "customers")
    assert (draft.status, draft.source.name, draft.source.bytes) == (Status.DRAFT, "customers.csv", len(GOOD))
    assert draft.source.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert list(settings.uploads_path.iterdir()) == []
    assert service.imports(me).total == 0


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "a\\b.csv", "", "..", "x\n.csv", "x\x00", "n" * 256])
def test_a_name_that_is_no_plain_file_name_is_refused(service: Importer, me: Person, name: str) -> None:
    with pytest.raises(UnsafeFile):
        service.begin_upload(me, name)


def test_a_file_over_the_limit_or_without_a_byte_is_refused(tmp_path: Path) -> None:
    service = Importer(load_settings(tmp_path / "w", env={"IMPORTER_MAX_UPLOAD_BYTES": "10"}))
    upload = service.begin_upload(service.local_person(), "a.csv")
    with pytest.raises(FileTooLarge):
        upload.write(b"x" * 11)
    upload.abort()
    with pytest.raises(EmptyFile):
        service.begin_upload(service.local_person(), "a.csv").finish()
    assert list(service.settings.uploads_path.iterdir()) == []


def test_the_preview_follows_a_corrected_dialect(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file("email;city\na@b.co;Paris\nb@b.co;Lyon\n"), "customers")
    found = service.preview(me, draft.id)
    assert (found.dialect.delimiter, found.columns) == (";", ("email", "city"))
    assert found.rows[0] == (2, ("a@b.co", "Paris"), None)
    assert found.evidence
    wrong = service.preview(me, draft.id, replace(found.dialect, delimiter=","))
    assert wrong.columns == ("email;city",)
    headless = service.preview(me, draft.id, replace(found.dialect, header=False, header_line=0))
    assert (headless.columns, headless.rows[0][1]) == (("column_1", "column_2"), ("email", "city"))


def test_a_recipe_without_an_identifier_is_not_started(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file("city\nParis\n"), "customers")
    recipe = service.suggest_recipe(me, draft.id)
    assert service.recipe_issues(me, draft.id, recipe)[0].blocking
    with pytest.raises(RequiredFieldUnmapped):
        service.check(me, draft.id, recipe)
    assert service.get(me, draft.id).status is Status.DRAFT


def test_the_recipe_of_a_draft_is_kept_and_that_of_a_checked_import_is_what_was_checked(
    service: Importer, me: Person, file: Callable[..., Path]
) -> None:
    draft = service.draft_from_path(me, file(GOOD), "customers")
    recipe = service.suggest_recipe(me, draft.id)
    half = replace(recipe, mapping=tuple(replace(m, field=None) for m in recipe.mapping))
    service.keep_recipe(me, draft.id, half)
    assert service.get(me, draft.id).recipe == half
    service.check(me, draft.id, recipe)
    work_here(service, draft.id)
    service.keep_recipe(me, draft.id, half)
    assert service.get(me, draft.id).recipe == recipe


def test_a_check_with_another_recipe_begins_anew_and_with_the_same_one_does_not(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    checked = import_file(file("email,customId,city\nbad,1,Paris\n"), goal=Goal.CHECK)
    assert checked.ledger.rejected == 1
    recipe = checked.recipe
    assert recipe is not None
    without = replace(recipe, mapping=tuple(replace(m, field=None) if m.field == "email" else m for m in recipe.mapping))
    service.check(me, checked.id, without)
    again = work_here(service, checked.id)
    assert (again.ledger.rejected, again.ledger.created) == (0, 1)
    service.run(me, checked.id, without)
    done = work_here(service, checked.id)
    assert done.outcome is Outcome.COMPLETED
    assert done.process.finished_at == again.process.finished_at


def test_a_queued_import_is_cancelled_at_once_and_can_be_resumed(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file(GOOD), "customers")
    service.run(me, draft.id, service.suggest_recipe(me, draft.id))
    cancelled = service.cancel(me, draft.id)
    assert (cancelled.status, cancelled.outcome) == (Status.CANCELLED, Outcome.ERRORS)
    assert "cancelled" in (cancelled.reason or "").lower()
    with pytest.raises(WrongStatus):
        service.cancel(me, draft.id)
    service.resume(me, draft.id)
    assert work_here(service, draft.id).outcome is Outcome.COMPLETED
    with pytest.raises(WrongStatus):
        service.resume(me, draft.id)


def test_a_running_import_is_cancelled_within_two_seconds_and_loads_nothing(service: Importer, me: Person, tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("email,customId\n" + "".join(f"u{i}@b.co,{i}\n" for i in range(1_500_000)))
    draft = service.draft_from_path(me, path, "customers")
    service.run(me, draft.id, service.suggest_recipe(me, draft.id))
    service.start_worker()
    while not service.get(me, draft.id).process.done:
        time.sleep(0.02)
    began = time.monotonic()
    service.cancel(me, draft.id)
    while (job := service.get(me, draft.id)).is_running:
        time.sleep(0.02)
    assert time.monotonic() - began < 2.5
    assert (job.status, job.outcome, job.ledger.loaded) == (Status.CANCELLED, Outcome.ERRORS, 0)
    assert job.ledger.balanced
    assert service.tables(me) == ()


def test_imports_run_in_the_background_one_after_the_other(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    ids = []
    for i in range(3):
        draft = service.draft_from_path(me, file(f"email\nuser{i}@b.co\n", f"f{i}.csv"), "customers")
        service.run(me, draft.id, service.suggest_recipe(me, draft.id))
        ids.append(draft.id)
    service.start_worker()
    until = time.monotonic() + 60
    while any(service.get(me, i).is_running for i in ids) and time.monotonic() < until:
        time.sleep(0.05)
    assert [service.get(me, i).outcome for i in ids] == [Outcome.COMPLETED] * 3
    assert service.records(me, "customers").total == 3


def test_run_again_makes_a_new_draft_with_the_same_file_and_recipe(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    first = import_file(file(GOOD))
    again = service.run_again(me, first.id)
    assert (again.status, again.recipe, again.source.sha256) == (Status.DRAFT, first.recipe, first.source.sha256)
    assert again.recipe is not None
    service.run(me, again.id, again.recipe)
    assert work_here(service, again.id).ledger.unchanged == 2


def test_only_what_was_not_started_can_be_deleted(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import], settings: Settings
) -> None:
    checked = import_file(file(GOOD), goal=Goal.CHECK)
    service.discard(me, checked.id)
    assert not (settings.imports_path / str(checked.id)).exists()
    with pytest.raises(NotFound):
        service.get(me, checked.id)
    done = import_file(file(GOOD))
    with pytest.raises(WrongStatus):
        service.discard(me, done.id)


def test_a_viewer_sees_and_does_nothing_else(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    done = import_file(file(GOOD))
    viewer = Person("vera", frozenset({"viewer"}))
    analyst = Person("anna", frozenset({"analyst"}))
    assert service.get(viewer, done.id).id == done.id
    for forbidden in (
        lambda: service.begin_upload(viewer, "a.csv"), lambda: service.draft_sample(viewer), lambda: service.run_again(viewer, done.id),
        lambda: service.cancel(analyst, done.id), lambda: service.discard(analyst, done.id), lambda: service.get(Person("nobody"), done.id),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            forbidden()


def test_a_download_token_is_for_one_import_and_cannot_be_made_up(service: Importer, me: Person) -> None:
    token = service.download_token(me, 5)
    assert service.check_download_token(token, 5) == me
    for bad, number in ((token, 6), (token + "x", 5), ("", 5), ("a.b.c", 5)):
        with pytest.raises(NotAllowed):
            service.check_download_token(bad, number)


def test_imports_are_found_by_state_type_owner_and_words(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    good = import_file(file(GOOD, "spring.csv"))
    part = import_file(file("email\nx@b.co\nbad\n", "Summer.csv"))
    none = import_file(file("email\nbad\n", "autumn.csv"))
    free = import_file(file("a\nb\n", "table.csv"), "generic")

    def ids(**wanted: str) -> list[int]:
        return [i.id for i in service.imports(me, ImportFilter(**wanted)).items]

    assert ids() == [free.id, none.id, part.id, good.id]
    assert ids(state="partially") == [part.id]
    assert ids(state="errors") == [none.id]
    assert ids(state="completed") == [free.id, good.id]
    assert ids(type="generic") == [free.id]
    assert ids(search="summ") == [part.id]
    assert ids(search=f"#{good.id}") == [good.id]
    assert ids(owner="somebody") == []
    assert service.owners(me) == ("local",)


def test_records_are_filtered_sorted_and_paged(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,city,birthDate\n" + "".join(f"u{i}@b.co,{'Paris' if i % 2 else ''},199{i}-01-01\n" for i in range(10))))

    def emails(*filters: RecordFilter, **options: object) -> list[object]:
        page = service.records(me, "customers", filters=filters, **options)  # type: ignore[arg-type]
        return [row[page.columns.index("email")] for row in page.rows]

    assert emails(RecordFilter("city", "equals", "paris"), limit=2) == ["u1@b.co", "u3@b.co"]
    assert emails(RecordFilter("city", "empty"), order="email", descending=True, limit=2, offset=1) == ["u6@b.co", "u4@b.co"]
    assert emails(RecordFilter("birthDate", "at least", "1998-01-01")) == ["u8@b.co", "u9@b.co"]
    assert emails(RecordFilter("birthDate", "at most", "nonsense")) == []
    assert emails(RecordFilter("email", "contains", "U3@")) == ["u3@b.co"]
    with pytest.raises(NotFound):
        emails(RecordFilter("1=1; --", "equals", "x"))


def test_files_and_values_go_when_their_time_is_over_and_the_history_stays(tmp_path: Path, file: Callable[..., Path]) -> None:
    service = Importer(load_settings(tmp_path / "w", env={"IMPORTER_RETENTION_DAYS": "0", "IMPORTER_DRAFTS_HOURS": "0"}))
    me = service.local_person()
    draft = service.draft_from_path(me, file("email\nbad\n"), "customers")
    service.run(me, draft.id, service.suggest_recipe(me, draft.id))
    done = work_here(service, draft.id)
    abandoned = service.draft_from_path(me, file(GOOD), "customers")
    left = service.settings.uploads_path / "orphan.part"
    left.write_bytes(b"x")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(left, (yesterday, yesterday))
    time.sleep(0.01)
    service.sweep()
    assert not left.exists()
    assert not (service.settings.imports_path / str(done.id)).exists()
    assert service.get(me, done.id).ledger.rejected == 1
    with pytest.raises(NotFound):
        service.error_list(me, done.id)
    with pytest.raises(NotFound):
        service.run_again(me, done.id)
    with pytest.raises(NotFound):
        service.get(me, abandoned.id)


def test_settings_come_from_the_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "importer.toml").write_text("imports_at_once = 5\nlease_seconds = 3\n")
    found = load_settings(tmp_path, env={"IMPORTER_IMPORTS_AT_ONCE": "7"})
    assert (found.imports_at_once, found.lease_seconds) == (7, 3.0)
    (tmp_path / "importer.toml").write_text("imports_at_onse = 5\n")
    with pytest.raises(DeclarationError, match="imports_at_onse"):
        load_settings(tmp_path, env={})
    with pytest.raises(DeclarationError, match="must be of type int"):
        load_settings(tmp_path / "other", env={"IMPORTER_IMPORTS_AT_ONCE": "many"})
