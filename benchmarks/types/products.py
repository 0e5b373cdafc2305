"""Good products, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Seed, integers, numbers, pick, prices, some

_NOUNS = ["Teapot", "Kettle", "Mug", "Tray", "Scarf", "Shirt", "Lamp", "Chair", "Blanket", "Rucksack", "Notebook", "Jacket"]
_WORDS = ["linen", "oak", "wool", "cotton", "steel", "bamboo", "handmade", "small", "Größe", "5 %", 'the "original"', "two\nlines"]
_TYPES = ["Home > Kitchen > Teaware", "Home > Küche", "Clothing > Shirts,Gifts", "Clothing > Jackets", "Office", "Outdoor > Bags, Gifts"]
_CATEGORIES = ["212", "2169", "Electronics", "Home & Garden > Kitchen & Dining", "Food, Beverages & Tobacco > Beverages", None]
_COLORS = ["Green", "Blue", "White/Blue", "Red/Green/Gold", "Schwarz"]
_SITE = "https://shop.example.com"


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    counted = numbers(first, number)
    record = counted.cast(pl.String)
    words = [pick(random, _WORDS, number) for _ in range(14)]
    price = prices(random, 5, 900, number)
    later = pick(random, ["in_stock", "in_stock", "out_of_stock", "preorder", "backorder"], number)
    sale = some(random, (price.cast(pl.Float64) * 0.8).round(2).cast(pl.String) + " EUR", 0.3)
    made_to_order = pl.Series(random.random(number) < 0.1)
    frame = pl.DataFrame(
        {
            "id": "P-" + record.str.zfill(9),
            "title": pick(random, _NOUNS, number) + " " + words[0] + " " + words[1],
            "description": "<p>" + pl.select(pl.concat_str(words, separator=" ")).to_series() + "</p>",
            "link": _SITE + "/p/" + record,
            "image_link": _SITE + "/img/" + record + ".jpg",
            "additional_image_link": some(random, _SITE + "/img/" + record + "-2.jpg," + _SITE + "/img/" + record + "-3.webp?w=800", 0.4),
            "mobile_link": some(random, "https://m.example.com/" + record, 0.2),
            "availability": later,
            "availability_date": pl.select(pl.when(later.str.contains("order")).then(pl.lit("2027-03-01T08:00+0100"))).to_series(),
            "price": price + " EUR",
            "sale_price": sale,
            "sale_price_effective_date": pl.select(
                pl.when(sale.is_not_null() & (counted % 3 == 0)).then(pl.lit("2026-11-27T00:00+0100/2026-11-30T23:59+0100"))
            ).to_series(),
            "product_type": pick(random, _TYPES, number),
            "google_product_category": pick(random, _CATEGORIES, number),
            "brand": pick(random, ["Himalaya", "Nanbu", "Kanaya", "Änderung & Co", "North, South"], number),
            "gtin": _with_check_digit(random.integers(10**11, 10**12, number)),
            "mpn": "MPN-" + integers(random, 1, 99_999, number),
            "identifier_exists": pick(random, ["yes", "true", None], number),
            "condition": pick(random, ["new", "used", "refurbished", None], number),
            "item_group_id": "G-" + (counted // 3).cast(pl.String),
            "custom_label_0": "label " + integers(random, 1, 300, number),
            "custom_label_4": pick(random, ["spring", "autumn", None], number),
            "color": pick(random, _COLORS, number),
            "size": "size " + (counted % 3).cast(pl.String),
            "gender": pick(random, ["male", "female", "unisex", None], number),
            "age_group": pick(random, ["newborn", "infant", "toddler", "kids", "adult", None], number),
            "material": pick(random, ["cotton", "wool/linen", None], number),
            "pattern": pick(random, ["striped", None], number),
            "adult": pick(random, ["no", None], number),
            "is_bundle": pick(random, ["no", "yes", None], number),
            "multipack": some(random, integers(random, 2, 48, number), 0.1),
            "expiration_date": pick(random, ["2027-12-31T23:59Z", None], number),
            "cost_of_goods_sold": some(random, prices(random, 1, 400, number) + " EUR", 0.5),
            "shipping_weight": prices(random, 0.1, 20, number) + " kg",
            "c:shelf": "A " + integers(random, 1, 90, number),
        }
    )
    nothing = [pl.when(made_to_order).then(None).otherwise(pl.col(n)).alias(n) for n in ("brand", "gtin", "mpn")]
    denied = pl.when(made_to_order).then(pl.lit("no")).otherwise("identifier_exists").alias("identifier_exists")
    return frame.with_columns(*nothing, denied)


def _with_check_digit(digits: np.ndarray) -> pl.Series:
    """Numbers of 13 digits: twelve and the one that GS1 puts after them."""
    total = sum(digits // 10**place % 10 * (3 if place % 2 == 0 else 1) for place in range(12))
    return pl.Series(digits * 10 + -total % 10).cast(pl.String)


_LONG = _SITE + "/" + "x" * 2_000
_KNOWN = pl.col("gtin").is_not_null()
_REQUIRED = ("id", "title", "link", "image_link", "availability", "price", "product_type")
_VARIANT = ("color", "size", "pattern", "material", "age_group", "gender")
_BACKWARDS, _SALE = "2026-12-01/2026-11-01", "sale_price_effective_date"
_VARIANT = ("color", "size", "pattern", "material", "age_group", "gender")
SEEDS = (
    *(Seed(f"FEED_REQ_{name.upper()}", name, {name: None}) for name in _REQUIRED),
    Seed("FEED_ID_LEN", "id", {"id": pl.col("id") + "-" + "x" * 50}),
    Seed("FEED_ID_CHARS", "id", {"id": pl.col("id") + "\u00ad"}),
    Seed("FEED_ID_SPACE", "id", {"id": "shop  " + pl.col("id") + " "}, "repair"),
    Seed("FEED_ID_DUP", "id", repeats=("id",), lists="later"),
    Seed("FEED_TITLE_LEN", "title", {"title": pl.col("title") + " and" * 50}, "warning"),
    Seed("FEED_TEXT", "title", {"title": "\ufe0f"}),
    Seed("FEED_TRIM", "title", {"title": "  " + pl.col("title")}, "repair"),
    Seed("FEED_DESC_LEN", "description", {"description": "word " * 1_001}, "warning"),
    Seed("FEED_DESC_HTML", "description", {"description": "Good.<Script src=x></Script>"}, "warning"),
    Seed("FEED_URL", "link", {"link": pl.col("link").str.replace("https://", "", literal=True)}),
    Seed("FEED_URL", "link", {"link": _SITE + "/größe"}),
    Seed("FEED_URL", "link", {"link": _LONG}),
    Seed("FEED_URL", "image_link", {"image_link": pl.col("image_link") + ", " + pl.col("image_link")}),
    Seed("FEED_URL", "additional_image_link", {"additional_image_link": pl.col("image_link") + ",second.jpg"}),
    Seed("FEED_URL", "mobile_link", {"mobile_link": "m.example.com"}),
    Seed("FEED_IMAGE", "image_link", {"image_link": _SITE + "/img/picture"}, "warning"),
    Seed("FEED_IMAGE", "additional_image_link", {"additional_image_link": _SITE + "/a.jpg," + _SITE + "/a.pdf"}, "warning"),
    Seed("FEED_VALUES", "additional_image_link", {"additional_image_link": ",".join(f"{_SITE}/{i}.jpg" for i in range(11))}, "warning"),
    Seed("FEED_VALUES", "product_type", {"product_type": "A,B,C,D,E,F"}, "warning"),
    Seed("FEED_TEXT_LEN", "product_type", {"product_type": "x" * 751}, "warning"),
    Seed("FEED_TEXT_LEN", "brand", {"brand": "x" * 71}, "warning", where=_KNOWN),
    Seed("FEED_AVAIL", "availability", {"availability": "available", "availability_date": None}),
    Seed("FEED_AVAIL_SPELLING", "availability", {"availability": "In stock", "availability_date": None}, "repair"),
    Seed("FEED_AVAIL_DATE", "availability_date", {"availability": "preorder", "availability_date": None}, "warning"),
    Seed("FEED_AVAIL_DATE", "availability_date", {"availability_date": "next week"}),
    Seed("FEED_PRICE", "price", {"price": pl.col("price").str.replace(".", ",", literal=True)}, where=pl.col("price").str.contains(r"\.")),
    Seed("FEED_PRICE", "price", {"price": "0.00 EUR"}),
    Seed("FEED_PRICE", "price", {"price": "12.99 EUX"}),
    Seed("FEED_PRICE", "cost_of_goods_sold", {"cost_of_goods_sold": "5.20"}),
    Seed("FEED_SALE_PRICE", "sale_price", {"sale_price": pl.col("price")}),
    Seed("FEED_SALE_PRICE", "sale_price", {"sale_price": "1.00 USD"}),
    Seed("FEED_SALE_PRICE", "sale_price", {"sale_price": "1.00"}),
    Seed("FEED_SALE_DATES", _SALE, {"sale_price": "1.00 EUR", _SALE: _BACKWARDS}),
    Seed("FEED_SALE_DATES", _SALE, {"sale_price": None, _SALE: "2026-11-01/2026-12-01"}, "warning"),
    Seed("FEED_ENUM", "google_product_category", {"google_product_category": "Teapots"}),
    Seed("FEED_ENUM", "gender", {"gender": "Female"}),
    Seed("FEED_ENUM", "age_group", {"age_group": "old"}),
    Seed("FEED_ENUM", "adult", {"adult": "0"}),
    Seed("FEED_BRAND", "brand", {"brand": None}, "warning", where=_KNOWN),
    Seed("FEED_GTIN", "gtin", {"gtin": pl.col("gtin").str.head(12) + "x"}, where=_KNOWN),
    Seed("FEED_GTIN", "gtin", {"gtin": "4006381333931,4006381333932"}, where=_KNOWN),
    Seed("FEED_MPN", "mpn", {"gtin": None, "mpn": None}, "warning", where=_KNOWN),
    Seed("FEED_IDENTIFIER", "identifier_exists", {"identifier_exists": "no"}, "warning", where=_KNOWN),
    Seed("FEED_CONDITION", "condition", {"condition": "New"}),
    Seed("FEED_GROUP_ID", "item_group_id", {"item_group_id": pl.col("item_group_id") + "x" * 50}),
    Seed("FEED_GROUP_ID", "item_group_id", {"item_group_id": pl.col("item_group_id") + " ü"}, "warning"),
    Seed("FEED_GROUP", "item_group_id", severity="warning", repeats=("item_group_id", *_VARIANT), lists="both"),
    Seed("FEED_LABEL_LEN", "custom_label_4", {"custom_label_4": "x" * 101}),
    Seed("FEED_COLORS", "color", {"color": "a/b/c/d"}, "warning"),
    Seed("FEED_MULTIPACK", "multipack", {"multipack": "1"}),
    Seed("FEED_DATE", "expiration_date", {"expiration_date": "31.12.2027"}),
)
