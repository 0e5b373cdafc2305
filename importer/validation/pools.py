"""What a pool does to a code: its prefix, and what its kind of barcode can hold. Polars expressions."""

from __future__ import annotations

import polars as pl

from importer.validation.vocabulary import wrong_check_digit

_DIGITS = {"EAN_13": 13, "EAN_8": 8, "UPC-A": 12, "ITF_14": 14}  # numbers that end with the check digit of GS1
_FORMS = {
    "CODE_39": r"^[0-9A-Z\-. $/+%]+$",
    "CODE_128": r"^[\x{00}-\x{7F}]+$",
    "EAN_128": r"^[\x20-\x7E]{1,48}$",
    "POSTNET": r"^(?:[0-9]{5}|[0-9]{9}|[0-9]{11})$",
}
# How the six digits in the middle of a UPC-E stand for ten: by the last of them.
_LONG = (
    (r"^([01])([0-9]{2})([0-9]{3})([012])([0-9])$", "${1}${2}${4}0000${3}${5}"),
    (r"^([01])([0-9]{3})([0-9]{2})3([0-9])$", "${1}${2}00000${3}${4}"),
    (r"^([01])([0-9]{4})([0-9])4([0-9])$", "${1}${2}00000${3}${4}"),
    (r"^([01])([0-9]{5})([5-9])([0-9])$", "${1}${2}0000${3}${4}"),
)


def with_prefix(code: pl.Expr, prefix: str) -> pl.Expr:
    """The code with the prefix in front; a code that begins with it already stays as it is."""
    return pl.when(code.str.starts_with(prefix)).then(code).otherwise(pl.lit(prefix) + code) if prefix else code


def misfit(code: pl.Expr, barcode: str) -> pl.Expr | None:
    """True where a code cannot be a barcode of this kind, null where there is none; None where every text can."""
    if digits := _DIGITS.get(barcode):
        return ~code.str.contains(f"^[0-9]{{{digits}}}$") | wrong_check_digit(code, {"kind": "gs1", "lengths": [digits]})
    if barcode == "UPC-E":
        return ~code.str.contains("^[01][0-9]{7}$") | wrong_check_digit(_long(code), {"kind": "gs1", "lengths": [12]})
    if form := _FORMS.get(barcode):
        return ~code.str.contains(form)
    return None


def _long(code: pl.Expr) -> pl.Expr:
    """The twelve digits that eight of a UPC-E stand for; what is no UPC-E stays as it is."""
    for form, long in _LONG:
        code = code.str.replace(form, long)
    return code
