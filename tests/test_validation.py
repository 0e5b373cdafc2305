"""Every rule of the customers type: what breaks it, what does not, and what is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from importer.model import Severity
from importer.validation import Validated
from tests.judging import judge


def judged(
    record: dict[str, str | None], types: dict[str, str] | None = None, **options: Any
) -> tuple[Validated, list[tuple[str, str, Severity]]]:
    """One record with columns named as fields; the violations as (code, field, severity)."""
    return judge_all([record], types, **options)


def judge_all(
    records: Sequence[dict[str, str | None]], types: dict[str, str] | None = None, **options: Any
) -> tuple[Validated, list[tuple[str, str, Severity]]]:
    return judge("customers", records, types, **options)


def codes(record: dict[str, str | None], **options: Any) -> list[str]:
    return [code for code, _, _ in judged(record, **options)[1]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "a..b@c.com", "CUST_EMAIL"), ("email", "a@b", "CUST_EMAIL"), ("email", "a b@c.com", "CUST_EMAIL"),
        ("email", "a@@c.com", "CUST_EMAIL"), ("email", "a@c.com\n", "CUST_ID_TRIM"), ("email", "a\u2028@c.com", "CUST_ID_CHARS"),
        ("email", "a😀@c.com", "CUST_ID_CHARS"), ("email", "a\u00ad@c.com", "CUST_ID_CHARS"), ("email", "a\x00@c.com", "CUST_ID_CHARS"),
        ("customId", "x\ry", "CUST_ID_CHARS"), ("customId", "x\ufe0f", "CUST_ID_CHARS"),
        ("uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c330", "CUST_UUID"), ("uuid", "nonsense", "CUST_UUID"),
        ("phone", "12345", "CUST_PHONE"), ("phone", "+12345", "CUST_PHONE"), ("phone", "call me", "CUST_PHONE"),
        ("phone", "+" + "1" * 20, "CUST_PHONE"),
        ("clientId", "0", "CUST_CLIENTID"), ("clientId", "-4", "CUST_CLIENTID"), ("clientId", "12a", "CUST_CLIENTID"),
        ("clientId", "99999999999999999999", "CUST_CLIENTID"),
        ("birthDate", "1990-02-30", "CUST_BIRTHDATE"), ("birthDate", "1990-2-3", "CUST_BIRTHDATE"), ("birthDate", "03.05.1990", "CUST_BIRTHDATE"),
        ("birthDate", "1900-01-01", "CUST_BIRTHDATE"), ("birthDate", "2026-11-24", "CUST_BIRTHDATE"), ("birthDate", " 1990-05-03", "CUST_BIRTHDATE"),
        ("sex", "F", "CUST_SEX"), ("sex", "female", "CUST_SEX"), ("sex", "1", "CUST_SEX"),
        ("countryCode", "UK", "CUST_COUNTRY"), ("countryCode", "GBR", "CUST_COUNTRY"), ("countryCode", "XX", "CUST_COUNTRY"),
        ("avatarUrl", "ftp://x.com/a.png", "CUST_AVATAR"), ("avatarUrl", "https://", "CUST_AVATAR"), ("avatarUrl", "http://a b", "CUST_AVATAR"),
        ("agreements.email", "maybe", "CUST_AGREEMENT"), ("agreements.sms", "2", "CUST_AGREEMENT"),
        ("newsletter_agreement_enabled", "true", "CUST_AGREEMENT"),
        ("firstName", "A\x00", "CUST_TEXT"), ("city", "\ufe0f\ufe0e", "CUST_TEXT"), ("tags", "v\x00p", "CUST_TAG"),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule(field: str, value: str, code: str) -> None:
    other = "customId" if field != "customId" else "email"
    record = {field: value, other: "good@example.com"}
    assert codes(record) == [code]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a@b.co"), ("email", "josé.müller@example.com"), ("email", '"odd name"@example.com'), ("email", "x@[10.0.0.1]"),
        ("phone", "+48 123-456 (78)/9"), ("phone", "123456"), ("uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"), ("clientId", "434428563"),
        ("birthDate", "1900-01-02"), ("birthDate", "2026-11-23"), ("birthDate", "2000-02-29"), ("sex", "NOT_SPECIFIED"), ("countryCode", "PL"),
        ("avatarUrl", "https://example.com/a.png?x=1"), ("agreements.email", "0"), ("agreements.push", "True"), ("city", "Saint\nDenis 😀"),
        ("tags", "vip"), ("newsletter_agreement_enabled", "enabled"),
    ],
)  # fmt: skip
def test_a_good_value_breaks_nothing(field: str, value: str) -> None:
    record = {field: value, "customId": "C1"}
    assert codes(record) == []


@pytest.mark.parametrize(
    ("field", "value", "code", "becomes"),
    [
        ("email", "  a@b.co ", "CUST_ID_TRIM", "a@b.co"), ("customId", "\tC1", "CUST_ID_TRIM", "C1"),
        ("uuid", "3F2504E0-4F89-41D3-9A0C-0305E82C3301", "CUST_UUID_CASE", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("countryCode", "pl", "CUST_COUNTRY_CASE", "PL"), ("agreements.email", "YES", "CUST_AGREEMENT_SPELLING", True),
        ("agreements.wifi", "disabled", "CUST_AGREEMENT_SPELLING", False), ("agreements.rfid", "tRUE", "CUST_AGREEMENT_SPELLING", True),
    ],
)  # fmt: skip
def test_a_repair_is_made_and_listed_and_keeps_the_record(field: str, value: str, code: str, becomes: object) -> None:
    result, found = judged({field: value, "phone": "123456"} | ({} if field != "uuid" else {"customId": "C1"}))
    assert (code, field, Severity.REPAIR) in found
    assert result.valid[field].to_list() == [becomes]
    assert result.violations["value"].to_list()[0] == value


def test_a_record_needs_an_identifier() -> None:
    assert codes({"email": None, "customId": None, "city": "Paris"}) == ["CUST_NO_ID"]
    assert codes({"email": "null", "customId": "   ", "city": "Paris"}) == ["CUST_ID_TRIM", "CUST_NO_ID"]


def test_a_rule_whose_field_could_not_be_read_is_not_judged() -> None:
    assert codes({"clientId": "abc", "email": None}) == ["CUST_CLIENTID"]
    assert codes({"birthDate": "2031-13-45", "email": "a@b.co"}) == ["CUST_BIRTHDATE"]


def test_a_rule_over_the_record_is_not_judged_where_one_of_its_fields_is_wrong_itself() -> None:
    assert codes({"clientId": "0", "email": None}) == ["CUST_CLIENTID"]
    assert codes({"phone": "call me"}) == ["CUST_PHONE"]


def test_one_wrong_cell_gives_one_violation() -> None:
    assert codes({"email": "not an address 😀", "customId": "1"}) == ["CUST_ID_CHARS"]


def test_an_empty_consent_stays_empty() -> None:
    result, found = judged({"email": "a@b.co", "agreements.email": None, "agreements.sms": "null"})
    assert found == []
    assert result.valid.select("agreements.email", "agreements.sms").row(0) == (None, None)


def test_every_violation_of_a_record_is_listed() -> None:
    record = {"email": "bad", "sex": "F", "birthDate": "1990-13-01", "countryCode": "UK", "phone": "x"}
    assert sorted(codes(record)) == ["CUST_BIRTHDATE", "CUST_COUNTRY", "CUST_EMAIL", "CUST_PHONE", "CUST_SEX"]


def test_only_a_client_id_or_only_a_phone_is_a_warning() -> None:
    result, found = judge_all([{"clientId": "4", "phone": None}, {"clientId": None, "phone": "123456"}])
    assert [(c, s) for c, _, s in found] == [("CUST_CLIENTID_ONLY", Severity.WARNING), ("CUST_PHONE_ONLY", Severity.WARNING)]
    assert result.valid.height == 2


def test_where_addresses_are_not_unique_an_address_alone_is_no_identifier() -> None:
    assert codes({"email": "a@b.co"}, unique_email=False) == ["CUST_ID_MODE"]
    assert codes({"email": "a@b.co", "customId": "1", "agreements.email": "true"}, unique_email=False) == ["CUST_EMAIL_CONSENT_UNUSED"]


def test_a_bad_optional_value_can_be_dropped_instead_of_the_record() -> None:
    record = {"email": "a@b.co", "sex": "F", "birthDate": "2031-01-01", "city": "Paris"}
    result, found = judged(record, on_bad_optional="drop_value")
    assert {(c, s) for c, _, s in found} == {("CUST_SEX", Severity.WARNING), ("CUST_BIRTHDATE", Severity.WARNING)}
    assert result.valid.select("email", "sex", "birthDate", "city").row(0) == ("a@b.co", None, None, "Paris")
    assert codes({"email": None, "phone": "call me"}, on_bad_optional="drop_value") == ["CUST_PHONE", "CUST_NO_ID"]
    assert codes({"email": "bad"}, on_bad_optional="drop_value") == ["CUST_EMAIL"]


def test_tags_come_from_several_columns_trimmed_and_once_each() -> None:
    result, _ = judge_all([{"email": "a@b.co", "tags#1": " vip ", "tags#2": "new", "tags#3": "vip"}, {"email": "b@b.co"}])
    assert result.valid["tags"].to_list() == [["vip", "new"], None]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "0012", 12), ("integer", "-5", -5), ("integer", "+5", 5), ("integer", "1.0", None), ("integer", "1 000", None),
        ("integer", "9223372036854775808", None), ("number", "1.5e3", 1500.0), ("number", "-.5", -0.5), ("number", "1,5", None),
        ("number", "nan", None), ("number", "inf", None), ("number", "1e999", None), ("boolean", "TRUE", True), ("boolean", "0", False),
        ("boolean", "yes", None), ("date", "2024-02-29", date(2024, 2, 29)), ("date", "2023-02-29", None),
        ("datetime", "2024-01-01T10:00:00Z", datetime(2024, 1, 1, 10)), ("datetime", "2024-01-01 10:00", datetime(2024, 1, 1, 10)),
        ("datetime", "2024-01-01T10:00:00+02:00", datetime(2024, 1, 1, 8)), ("datetime", "2024-01-01T00:30:00-0530", datetime(2024, 1, 1, 6)),
        ("datetime", "2024-01-01T10:00:00.250Z", datetime(2024, 1, 1, 10, 0, 0, 250000)), ("datetime", "2024-01-01", None),
        ("datetime", "2024-01-01T25:00:00Z", None), ("datetime", "2024-01-01T10:00:00+25:00", None), ("string", "007", "007"),
    ],
)  # fmt: skip
def test_attributes_are_read_by_their_data_type(kind: str, text: str, value: object) -> None:
    result, found = judged({"email": "a@b.co", "attributes.x": text}, {"attributes.x": kind})
    if value is None:
        assert [c for c, _, _ in found] == [f"TYPE_{kind.upper()}"]
        assert result.valid.height == 0
    else:
        assert found == []
        assert result.valid["attributes.x"].to_list() == [value]


def test_protective_apostrophes_of_our_downloads_are_taken_away_again() -> None:
    record = {"email": "a@b.co", "city": "'=SUM(A1)", "company": "''=x", "lastName": "'O'Neil", "phone": "'+48123456"}
    result, found = judged(record, unprotect=True)
    assert found == []
    assert result.valid.select("city", "company", "lastName", "phone").row(0) == ("=SUM(A1)", "'=x", "'O'Neil", "+48123456")


def test_records_keep_their_order_line_and_number() -> None:
    records = [{"email": "a@b.co"}, {"email": "bad"}, {"email": "c@b.co"}]
    result, _ = judge_all(records)
    assert result.valid.select("_record", "_line").rows() == [(1, 2), (3, 4)]
    assert result.rejected.select("_record", "_line").rows() == [(2, 3)]
