"""Every rule of the products type: what breaks it, what does not, and what is repaired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer import mapping
from importer.access import Person
from importer.config import load_settings
from importer.errors import DeclarationError, NotFound
from importer.model import ColumnMap, Dialect, Import, Ledger, Recipe, Severity
from importer.schema import Differ, Distinct, LoadModes, find_type, read_type
from importer.service import Importer
from importer.validation import Validated, compile_plan, validate
from importer.validation.run import judge
from importer.validation.vocabulary import wrong_check_digit, wrong_interval
from tests.conftest import work_here
from tests.test_quick_look import values

GOLDEN = Path(__file__).parent / "golden"
PRODUCTS = find_type("products")
TODAY = date(2026, 11, 24)
GOOD: dict[str, str | None] = {
    "id": "TEA-1", "title": "Darjeeling", "link": "https://shop.example.com/tea/1", "image_link": "https://shop.example.com/img/1.jpg",
    "availability": "in_stock", "price": "12.99 EUR", "product_type": "Food > Tea", "brand": "Himalaya", "gtin": "4006381333931",
}  # fmt: skip


def judged(*changes: dict[str, str | None], **options: Any) -> tuple[Validated, list[tuple[str, str, Severity]]]:
    """Good products with some values changed; the violations as (code, field, severity)."""
    records = [GOOD | change for change in changes]
    names = list(dict.fromkeys(n for r in records for n in r))
    maps = tuple(ColumnMap(n, n) for n in names)
    plan = compile_plan(PRODUCTS, Recipe("products", "1", Dialect(), maps, options), names, TODAY)
    columns = {f"c{i}": pl.Series([r.get(n) for r in records], dtype=pl.String) for i, n in enumerate(names)}
    count = len(records)
    result = validate(plan, pl.DataFrame({**columns, "_line": range(2, count + 2), "_record": range(1, count + 1)}))
    rules = {r.id: r for r in plan.rules}
    return result, [(r.code, r.field, r.severity) for r in (rules[n] for n in result.violations["rule"])]


def codes(change: dict[str, str | None], **options: Any) -> list[str]:
    return [code for code, _, _ in judged(change, **options)[1]]


def test_a_good_product_breaks_nothing() -> None:
    result, found = judged({})
    assert found == []
    assert result.valid.select("id", "price", "product_type", "gtin").row(0) == (
        "TEA-1", "12.99 EUR", ["Food > Tea"], ["4006381333931"],
    )  # fmt: skip


@pytest.mark.parametrize("field", ["id", "title", "link", "image_link", "availability", "price", "product_type"])
def test_a_product_needs_these_values(field: str) -> None:
    assert judged({field: None})[1] == [(f"FEED_REQ_{field.upper()}", field, Severity.ERROR)]
    assert f"FEED_REQ_{field.upper()}" in codes({field: "   "})


E_, W_ = Severity.ERROR, Severity.WARNING
LONG = "https://shop.example.com/" + "x" * 2000


@pytest.mark.parametrize(
    ("field", "value", "code", "severity"),
    [
        ("id", "x" * 51, "FEED_ID_LEN", E_), ("id", "a\u00adb", "FEED_ID_CHARS", E_), ("id", "a\x00b", "FEED_ID_CHARS", E_),
        ("title", "x" * 151, "FEED_TITLE_LEN", W_), ("title", "a\x00", "FEED_TEXT", E_), ("title", "\ufe0f", "FEED_TEXT", E_),
        ("description", "x" * 5001, "FEED_DESC_LEN", W_), ("description", "<p>x</p><SCRIPT src=a>", "FEED_DESC_HTML", W_),
        ("link", "shop.example.com/tea", "FEED_URL", E_), ("link", "ftp://shop.example.com/", "FEED_URL", E_),
        ("link", "https://shop.example.com/a b", "FEED_URL", E_), ("link", "https://shop.example.com/tée", "FEED_URL", E_),
        ("link", "https://shop.example.com/50%", "FEED_URL", E_), ("link", "https://shop/", "FEED_URL", E_),
        ("link", "https:///tea", "FEED_URL", E_), ("link", LONG, "FEED_URL", E_), ("link", 'https://a.com/"x', "FEED_URL", E_),
        ("image_link", "www.example.com/a.jpg", "FEED_URL", E_), ("image_link", "https://a.com/1.jpg, https://a.com/2.jpg", "FEED_URL", E_),
        ("image_link", "https://a.com/1.svg", "FEED_IMAGE", W_), ("image_link", "https://a.com/jpg", "FEED_IMAGE", W_),
        ("additional_image_link", "https://a.com/1.jpg,2.jpg", "FEED_URL", E_),
        ("additional_image_link", "https://a.com/1.jpg,https://a.com/2.pdf", "FEED_IMAGE", W_),
        ("additional_image_link", ",".join(f"https://a.com/{i}.jpg" for i in range(11)), "FEED_VALUES", W_),
        ("mobile_link", "m.example.com", "FEED_URL", E_), ("mobile_link", LONG, "FEED_URL", E_),
        ("availability", "yes", "FEED_AVAIL", E_), ("availability", "IN_STOCK", "FEED_AVAIL", E_),
        ("availability", "preorder", "FEED_AVAIL_DATE", W_), ("availability_date", "soon", "FEED_AVAIL_DATE", E_),
        ("availability_date", "2026-12-01", "FEED_AVAIL_DATE", E_),
        ("price", "12.99", "FEED_PRICE", E_), ("price", "12,99 EUR", "FEED_PRICE", E_), ("price", "EUR 12.99", "FEED_PRICE", E_),
        ("price", "€12.99", "FEED_PRICE", E_), ("price", "1,299.00 EUR", "FEED_PRICE", E_), ("price", "12.99 eur", "FEED_PRICE", E_),
        ("price", "12.99 EUX", "FEED_PRICE", E_), ("price", "0 EUR", "FEED_PRICE", E_), ("price", "0.00 EUR", "FEED_PRICE", E_),
        ("price", "-5 EUR", "FEED_PRICE", E_), ("price", "12.99 EUR extra", "FEED_PRICE", E_),
        ("sale_price", "10", "FEED_SALE_PRICE", E_), ("sale_price", "10.00 USD", "FEED_SALE_PRICE", E_),
        ("sale_price", "12.99 EUR", "FEED_SALE_PRICE", E_), ("sale_price", "100.00 EUR", "FEED_SALE_PRICE", E_),
        ("sale_price", "0.00 EUR", "FEED_SALE_PRICE", E_), ("sale_price", "9.99 EUX", "FEED_SALE_PRICE", E_),
        ("product_type", "A,B,C,D,E,F", "FEED_VALUES", W_), ("product_type", "x" * 751, "FEED_TEXT_LEN", W_),
        ("product_type", "Food,\x00", "FEED_TEXT", E_),
        ("google_product_category", "Tea", "FEED_ENUM", E_), ("google_product_category", "Food>Tea", "FEED_ENUM", E_),
        ("brand", "x" * 71, "FEED_TEXT_LEN", W_), ("brand", None, "FEED_BRAND", W_),
        ("gtin", "4006381333932", "FEED_GTIN", E_), ("gtin", "400638133393", "FEED_GTIN", E_), ("gtin", "4.00638E+12", "FEED_GTIN", E_),
        ("gtin", "4006381333931,12345", "FEED_GTIN", E_), ("gtin", None, "FEED_MPN", W_),
        ("mpn", "x" * 71, "FEED_TEXT_LEN", W_), ("identifier_exists", "maybe", "FEED_ENUM", E_),
        ("identifier_exists", "no", "FEED_IDENTIFIER", W_),
        ("condition", "New", "FEED_CONDITION", E_), ("condition", "neu", "FEED_CONDITION", E_),
        ("item_group_id", "x" * 51, "FEED_GROUP_ID", E_), ("item_group_id", "Größe", "FEED_GROUP_ID", W_),
        ("custom_label_0", "x" * 101, "FEED_LABEL_LEN", E_), ("custom_label_4", "x" * 101, "FEED_LABEL_LEN", E_),
        ("color", "red/green/blue/black", "FEED_COLORS", W_), ("color", "x" * 101, "FEED_TEXT_LEN", W_),
        ("size", "x" * 101, "FEED_TEXT_LEN", W_), ("material", "x" * 201, "FEED_TEXT_LEN", W_), ("pattern", "x" * 101, "FEED_TEXT_LEN", W_),
        ("gender", "women", "FEED_ENUM", E_), ("age_group", "Adult", "FEED_ENUM", E_), ("adult", "1", "FEED_ENUM", E_),
        ("is_bundle", "x", "FEED_ENUM", E_), ("multipack", "1", "FEED_MULTIPACK", E_), ("multipack", "six", "FEED_MULTIPACK", E_),
        ("expiration_date", "31.12.2026", "FEED_DATE", E_), ("cost_of_goods_sold", "5,20 EUR", "FEED_PRICE", E_),
        ("cost_of_goods_sold", "5.20 EUX", "FEED_PRICE", E_), ("shipping_label", "\ufe0f", "FEED_TEXT", E_),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule(field: str, value: str | None, code: str, severity: Severity) -> None:
    assert [(c, s) for c, _, s in judged({field: value})[1]] == [(code, severity)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "ABC 12_x-9"), ("id", "x" * 50), ("id", "Größe-1"), ("title", "x" * 150), ("title", "Two\nlines 😀"),
        ("description", "<p>Good <b>tea</b> & more</p>"), ("description", "x" * 5000), ("link", "http://example.com"),
        ("link", "https://Shop.Example.co.uk:8443/a/b;c?x=1&y[]=%C3%BC#top"), ("link", "https://xn--bcher-kva.example/"),
        ("image_link", "https://a.com/x.JPEG?width=200#1"), ("image_link", "https://a.com/1,2.webp"),
        ("additional_image_link", " https://a.com/1.jpg , ,https://a.com/2.tiff"), ("availability", "backorder"), ("price", "0.01 PLN"),
        ("price", "1299 JPY"), ("price", "12.9900 CHF"), ("price", "5 BHD"), ("sale_price", "12.98 EUR"), ("sale_price", "9 EUR"),
        ("product_type", "A,B,C,D,E"), ("google_product_category", "2073"), ("google_product_category", "Electronics"),
        ("google_product_category", "Food, Beverages & Tobacco > Beverages"), ("gtin", "40063813-33931"), ("gtin", "96385074"),
        ("gtin", "036000291452"), ("gtin", "10614141000415"), ("gtin", "4006381333931, 0 36000 29145 2"), ("condition", "used"),
        ("item_group_id", "TEA_1-x"), ("color", "red/green/blue"), ("gender", "unisex"), ("age_group", "kids"), ("adult", "no"),
        ("is_bundle", "true"), ("multipack", "2"), ("expiration_date", "2026-12-31T23:59+0100"), ("cost_of_goods_sold", "0 EUR"),
        ("shipping", "DE::Standard:4.90 EUR"), ("c:cost", "5,20"),
    ],
)  # fmt: skip
def test_a_good_value_breaks_nothing(field: str, value: str) -> None:
    change = {field: value} | ({"availability_date": "2026-12-01T08:00+0100"} if value == "backorder" else {})
    assert codes(change) == []


@pytest.mark.parametrize(
    ("field", "value", "code", "becomes"),
    [
        ("id", " TEA  1\t2 ", "FEED_ID_SPACE", "TEA 1 2"), ("title", " Darjeeling", "FEED_TRIM", "Darjeeling"),
        ("availability", "in stock", "FEED_AVAIL_SPELLING", "in_stock"), ("availability", "Out of Stock", "FEED_AVAIL_SPELLING", "out_of_stock"),
        ("price", "12.99 EUR ", "FEED_TRIM", "12.99 EUR"), ("condition", " new", "FEED_TRIM", "new"),
        ("link", "https://a.com/ ", "FEED_TRIM", "https://a.com/"), ("gender", "male ", "FEED_TRIM", "male"),
    ],
)  # fmt: skip
def test_a_repair_is_made_and_listed_and_keeps_the_record(field: str, value: str, code: str, becomes: str) -> None:
    result, found = judged({field: value})
    assert found == [(code, field, Severity.REPAIR)]
    assert result.valid[field].to_list() == [becomes]


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("2026-11-27T08:00+0100/2026-11-30T20:00+0100", True), ("2026-11-27/2026-11-27", True), ("2026-11-27T10:00Z/2026-11-27", True),
        ("2026-11-27T23:00-0500/2026-11-28T03:00Z", False), ("2026-11-30T08:00Z/2026-11-27T08:00Z", False),
        ("2026-11-27T08:00Z/2026-11-27T08:00Z", False), ("2026-11-27T08:00Z", False), ("2026-02-30/2026-03-01", False),
        ("2026-11-27/2026-11-28/2026-11-29", False), ("now/then", False), ("/2026-11-27", False), ("2026-11-28/2026-11-27", False),
    ],
)  # fmt: skip
def test_a_sale_begins_before_it_ends(value: str, fine: bool) -> None:
    assert codes({"sale_price": "9.99 EUR", "sale_price_effective_date": value}) == ([] if fine else ["FEED_SALE_DATES"])


def test_the_time_of_a_sale_without_a_sale_price_is_pointless() -> None:
    _, found = judged({"sale_price_effective_date": "2026-11-27/2026-11-30"})
    assert found == [("FEED_SALE_DATES", "sale_price_effective_date", Severity.WARNING)]


def test_a_sale_price_is_not_compared_with_a_price_that_cannot_be_read() -> None:
    assert codes({"price": "12,99 USD", "sale_price": "9.99 EUR"}) == ["FEED_PRICE"]
    assert codes({"price": None, "sale_price": "9.99 EUR"}) == ["FEED_REQ_PRICE"]


def test_a_bad_sale_price_can_be_left_out_instead_of_the_record() -> None:
    for bad in ("10.00 USD", "99.00 EUR", "cheap"):
        result, found = judged({"sale_price": bad}, on_bad_optional="drop_value")
        assert found == [("FEED_SALE_PRICE", "sale_price", Severity.WARNING)]
        assert result.valid.select("price", "sale_price").row(0) == ("12.99 EUR", None)


def test_a_bad_list_can_be_left_out_instead_of_the_record() -> None:
    result, found = judged({"gtin": "4006381333931,1", "mpn": "x"}, on_bad_optional="drop_value")
    assert found == [("FEED_GTIN", "gtin", Severity.WARNING)]
    assert result.valid["gtin"].to_list() == [None]


def test_identifiers_are_recommended_unless_the_product_has_none() -> None:
    nothing = {"brand": None, "gtin": None, "mpn": None}
    assert codes(nothing) == ["FEED_BRAND", "FEED_MPN"]
    assert codes({**nothing, "identifier_exists": "no"}) == []
    assert codes({"gtin": None, "mpn": "x"}) == []
    assert codes({"gtin": None, "mpn": "x", "identifier_exists": "no"}) == ["FEED_IDENTIFIER"]
    assert codes({"gtin": None, "brand": None, "mpn": "x", "identifier_exists": "no"}) == []


def test_several_values_of_a_cell_become_a_list_without_blanks_and_repetitions() -> None:
    result, found = judged({"product_type": " Food > Tea ,,Gifts,Food > Tea"}, {"product_type": ", ,"})
    assert found == [("FEED_REQ_PRODUCT_TYPE", "product_type", Severity.ERROR)]
    assert result.valid["product_type"].to_list() == [["Food > Tea", "Gifts"]]


def test_the_date_a_product_will_be_there_is_read_as_a_time() -> None:
    result, found = judged({"availability": "preorder", "availability_date": "2026-12-01T08:00+0100"})
    assert found == []
    assert result.valid["availability_date"].to_list() == [datetime(2026, 12, 1, 7)]


def check_digit(digits: str) -> str:
    """The digit that GS1 puts after these."""
    return str(-sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))) % 10)


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)), st.integers(1, 9))
def test_of_all_last_digits_only_the_check_digit_is_right(digits: str, off: int) -> None:
    right = digits + check_digit(digits)
    wrong = digits + str((int(right[-1]) + off) % 10)
    spaced = f"{right[:3]} {right[3:6]}-{right[6:]}"
    frame = pl.DataFrame({"t": [right, spaced, wrong, f"1{right[-4:]}", f"{right}x", "", None]})
    flags = frame.select(wrong_check_digit(pl.col("t"), {"kind": "gs1", "lengths": [8, 12, 13, 14]}))["t"]
    assert flags.to_list() == [False, False, True, True, True, True, False]


def test_more_than_ten_numbers_are_pointed_out() -> None:
    numbers = [f"40063813339{i:01}" for i in range(8)] + [f"9638{i:03}" for i in range(3)]
    assert codes({"gtin": ",".join(n + check_digit(n) for n in numbers)}) == ["FEED_VALUES"]


def test_a_rule_that_does_not_exist_is_refused() -> None:
    for wrong in ({"kind": "luhn", "lengths": [8]}, {"kind": "gs1"}, {"kind": "gs1", "lengths": [40]}):
        with pytest.raises(DeclarationError):
            wrong_check_digit(pl.col("t"), wrong)
    with pytest.raises(DeclarationError):
        wrong_interval(pl.col("t"), "year")
    head = "name: x\ntitle: X\nversion: 1\nfields: [{name: a, type: string}]\n"
    for tail in (
        "whole: [{kind: distinct, field: b, most: 3, code: C, message: m, hint: h}]",
        "whole: [{kind: same, field: a, code: C, message: m, hint: h}]",
        "load: {modes: [append]}",
        "load: {modes: [partial], default: overwrite}",
    ):
        with pytest.raises(DeclarationError):
            read_type(head + tail, "x.yaml")


def test_rules_over_the_whole_file_and_load_modes_are_declared() -> None:
    assert PRODUCTS.load == LoadModes(("overwrite", "partial"), "overwrite")
    assert find_type("customers").load == LoadModes(("partial",), "partial")
    assert [(w.wording.code, w.field, w.most) for w in PRODUCTS.whole if isinstance(w, Distinct)] == [
        ("FEED_LABEL_CARD", f"custom_label_{i}", 1000) for i in range(5)
    ]
    assert [(w.wording.code, w.group, w.fields) for w in PRODUCTS.whole if isinstance(w, Differ)] == [
        ("FEED_GROUP", "item_group_id", ("color", "size", "pattern", "material", "age_group", "gender"))
    ]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("id", "id"), ("g:id", "id"), ("g:image_link", "image_link"), ("imageLink", "image_link"), ("customLabel0", "custom_label_0"),
        ("Google Product Category", "google_product_category"), ("g:gtin", "gtin"), ("c:cost", "c:cost"), ("complex.name", "c:complex_name"),
        ("Füllmenge (ml)", "c:Fullmenge_ml"), ("c:my cost", "c:my_cost"),
    ],
)  # fmt: skip
def test_a_column_finds_its_field_by_every_way_of_writing_it(name: str, field: str) -> None:
    assert [m.field for m in mapping.suggest(PRODUCTS, [name], [name])] == [field]


@pytest.mark.parametrize("field", [f.name for f in PRODUCTS.fields])
def test_every_field_is_found_under_its_name_in_xml_and_in_camel_case(field: str) -> None:
    first, *others = field.split("_")
    for name in (f"g:{field}", first + "".join(w.title() for w in others)):
        assert [m.field for m in mapping.suggest(PRODUCTS, [name], [name])] == [field]


def test_an_attribute_name_with_other_characters_is_blocked() -> None:
    maps = (*(ColumnMap(n, n) for n in GOOD), ColumnMap("x", "c:complex.name"))
    found = mapping.issues(PRODUCTS, Recipe("products", "1", Dialect(), maps), [m.column for m in maps])
    assert [(i.code, i.blocking) for i in found] == [("FEED_ATTR_NAME", True)]


def test_the_template_is_a_good_product(service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]) -> None:
    job = import_file(file(service.template(me, "products")), "products")
    assert job.ledger == Ledger(records=1, created=1)
    assert service.violations(me, job.id).items == ()


def rows(service: Importer, me: Person, *columns: str) -> Sequence[tuple[object, ...]]:
    page = service.records(me, "products", limit=100)
    return [tuple(row[page.columns.index(c)] if c in page.columns else None for c in columns) for row in page.rows]


@pytest.mark.parametrize("block_bytes", ["300", "2000"])
def test_the_error_list_of_the_bad_sample_is_the_same_for_every_size_of_parts(block_bytes: str, tmp_path: Path) -> None:
    service = Importer(load_settings(tmp_path / "w", env={"IMPORTER_BLOCK_BYTES": block_bytes}))
    me = service.local_person()
    draft = service.draft_sample(me, "products")
    service.check(me, draft.id, service.suggest_recipe(me, draft.id))
    job = work_here(service, draft.id)
    assert job.ledger == Ledger(records=20, created=5, rejected=15)
    assert service.error_list(me, job.id)[0].read_bytes() == (GOLDEN / "products_bad.errors.csv").read_bytes()
    assert service.rejected_records(me, job.id)[0].read_bytes() == (GOLDEN / "products_bad.rejected.csv").read_bytes()


def test_the_first_product_of_those_with_one_id_is_loaded(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file(feed(*({"id": name} for name in ("TEA-1", "tea-2", "tea-1", "Tea-1"))), "feed.tsv"), "products")
    assert job.ledger == Ledger(records=4, created=2, rejected=2)
    found = service.violations(me, job.id).items
    assert [(v.line, v.code, v.severity, v.value) for v in found] == [
        (4, "FEED_ID_DUP", "error", "tea-1"), (5, "FEED_ID_DUP", "error", "Tea-1"),
    ]  # fmt: skip
    assert "line 2" in found[0].message
    assert rows(service, me, "id") == [("TEA-1",), ("tea-2",)]


def feed(*changes: dict[str, str]) -> str:
    """A feed of good products with some values changed."""
    names = list(dict.fromkeys((*GOOD, *(n for c in changes for n in c))))
    lines = ["\t".join(str((GOOD | change).get(n) or "") for n in names) for change in changes]
    return "\n".join(["\t".join(names), *lines]) + "\n"


def test_variants_of_one_group_differ_in_something(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    groups = [("G1", "red", "M"), ("g1", "Red", "m"), ("G1", "red", "L"), ("G2", "", ""), ("G3", "", ""), ("", "red", "M"), ("", "red", "M")]
    changes = [{"id": f"P{i}", "item_group_id": g, "color": c, "size": s} for i, (g, c, s) in enumerate(groups)]
    job = import_file(file(feed(*changes), "feed.tsv"), "products")
    assert job.ledger == Ledger(records=7, created=7)
    assert [(v.line, v.code, v.severity) for v in service.violations(me, job.id).items] == [
        (2, "FEED_GROUP", "warning"), (3, "FEED_GROUP", "warning"),
    ]  # fmt: skip


def test_more_than_a_thousand_values_of_a_label_are_pointed_out(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    changes = [{"id": f"P{i}", "custom_label_1": f"{'LABEL' if i % 2 else 'Label'} {i // 2}", "custom_label_2": "x"} for i in range(2_003)]
    job = import_file(file(feed(*changes[:2_000]), "feed.tsv"), "products")
    assert service.violations(me, job.id).items == ()
    job = import_file(file(feed(*changes), "feed.tsv"), "products")
    assert [(v.line, v.code, v.field) for v in service.violations(me, job.id).items] == [(2_002, "FEED_LABEL_CARD", "custom_label_1")]


def test_a_type_without_sample_says_so(service: Importer, me: Person) -> None:
    with pytest.raises(NotFound, match="no sample"):
        service.draft_sample(me, "generic")


def test_a_feed_replaces_products_unless_it_shall_only_change_them(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file(feed({"color": "red", "c:cost": "5"}), "feed.tsv"), "products")
    changed = import_file(file(feed({"price": "11.00 EUR"}), "feed.tsv"), "products", mode="partial")
    assert changed.ledger == Ledger(records=1, updated=1)
    assert rows(service, me, "price", "color", "c:cost") == [("11.00 EUR", "red", "5")]
    replaced = import_file(file(feed({"id": "tea-1", "product_type": "Gifts", "color": ""}), "feed.tsv"), "products")
    assert replaced.ledger == Ledger(records=1, updated=1)
    assert rows(service, me, "id", "price", "product_type", "color", "c:cost") == [("tea-1", "12.99 EUR", ["Gifts"], None, None)]


def test_prices_are_kept_as_they_are_written(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file(feed({"c:cost": "5,20"}), "feed.tsv"), "products")
    assert rows(service, me, "id", "price", "product_type", "c:cost") == [("TEA-1", "12.99 EUR", ["Food > Tea"], "5,20")]


CUSTOM = {"c:cost": "number"}
NAMES = [*(f.name for f in PRODUCTS.fields), *CUSTOM]
ODD = [
    "GTIN,4006381333931", "4006381333931,", ",", "0 EUR", "9.99 EUR", "100.00 USD", "preorder", "In Stock", "no", "2026-11-27/2026-11-26",
    "2026-11-27T08:00Z/2026-11-28T08:00Z", "https://a.com/1.jpg", "https://a.com/1.jpg,https://a.com/2.pdf", "<script>", "a/b/c/d",
]  # fmt: skip


def records() -> st.SearchStrategy[list[list[str | None]]]:
    fields = [PRODUCTS.resolve(n, CUSTOM.get(n)) for n in NAMES]
    cells = [st.one_of(values(f), st.sampled_from(ODD)) for f in fields if f]
    return st.lists(st.tuples(*cells).map(lambda row: [c or None for c in row]), min_size=1, max_size=4)


@given(records(), st.booleans(), st.sampled_from(["reject_record", "drop_value"]))
@settings(max_examples=80)
def test_the_quick_look_and_the_careful_one_agree(cells: list[list[str | None]], unprotect: bool, on_bad_optional: str) -> None:
    maps = tuple(ColumnMap(n, n, CUSTOM.get(n)) for n in NAMES)
    options = {"unprotect": unprotect, "on_bad_optional": on_bad_optional}
    plan = compile_plan(PRODUCTS, Recipe("products", "1", Dialect(), maps, options), NAMES, TODAY)
    columns = {f"c{i}": pl.Series([r[i] for r in cells], dtype=pl.String) for i in range(len(NAMES))}
    frame = pl.DataFrame({**columns, "_line": range(2, len(cells) + 2), "_record": range(1, len(cells) + 1)})
    source = "\n".join(c for r in cells for c in r if c).encode()
    quick, careful = validate(plan, frame, lambda needle: needle in source), judge(plan, frame, plan.steps)
    assert quick.violations.equals(careful.violations)
    assert quick.rejected.equals(careful.rejected)
    assert quick.valid.sort("_record").equals(careful.valid.sort("_record"))


def test_good_products_pass_the_quick_look() -> None:
    record = {f.name: f.example for f in PRODUCTS.fields if f.name not in ("google_product_category", "identifier_exists")}
    maps = tuple(ColumnMap(n, n) for n in record)
    plan = compile_plan(PRODUCTS, Recipe("products", "1", Dialect(), maps), list(record), TODAY)
    named = pl.DataFrame({f"\0{i}": [c] for i, c in enumerate(record.values())})
    looks = {name: pl.all_horizontal(step.passes).alias(name) for name, step in plan.steps.items()}
    typed = [value for step in plan.steps.values() for value in step.quick]
    passed = named.with_columns(typed).with_columns(plan.constants).select(**looks, **{"\0whole": pl.all_horizontal(plan.unbroken)})
    assert [name for name, passes in zip(passed.columns, passed.row(0), strict=True) if not passes] == []
