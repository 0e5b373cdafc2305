"""Patterns of texts (Rust regex) and of dates and times (strptime), made sure to work before any record is judged."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

_MAX_PATTERN = 10_000
_LOOK_AROUND = "Look-around such as (?=...) and back-references such as \\1 are not available; write the pattern without them."


@lru_cache(maxsize=5_000)
def bad_pattern(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used and what to do, or None where it can.

    It must compile in the engine that judges the records; that engine takes linear time and refuses patterns whose
    compiled form is larger than 10 MB.
    """
    if len(pattern) > _MAX_PATTERN:
        return f"the pattern is longer than {_MAX_PATTERN:,} characters", "Write a shorter pattern, or use enum."
    for form in (pattern, whole(pattern)):  # alone too: "a)|(b" is no pattern, although it is one in brackets
        try:
            pl.Series([""]).str.contains(form)
        except pl.exceptions.PolarsError as error:
            text = str(error)
            if "look-around" in text or "backreferences" in text:
                return "the pattern uses look-around or a back-reference", _LOOK_AROUND
            if "size limit" in text:
                return (
                    "the pattern becomes too large",
                    "Use smaller numbers of repetitions, or [0-9A-Za-z_] instead of \\w; or use maxLength.",
                )
            reason = next((line for line in text.splitlines() if line.startswith("error:")), "error: it cannot be read")
            return f"the pattern cannot be read ({reason.removeprefix('error: ')})", "Correct the pattern."
    return None


def whole(pattern: str) -> str:
    """The pattern for the whole of a text."""
    return f"^(?:{pattern})$"


# What Python's strptime takes for each directive. Those that depend on the language of the computer are left out.
DIRECTIVES = {
    "Y": r"[0-9]{4}", "y": r"[0-9]{2}", "m": r"(?:1[0-2]|0[1-9]|[1-9])", "d": r"(?:3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9])",
    "H": r"(?:2[0-3]|[01][0-9]|[0-9])", "I": r"(?:1[0-2]|0[1-9]|[1-9])", "M": r"(?:[0-5][0-9]|[0-9])", "S": r"(?:[0-5][0-9]|[0-9])",
    "p": r"(?i:am|pm)", "j": r"(?:36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9])",
    "b": r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", "a": r"(?i:mon|tue|wed|thu|fri|sat|sun)",
    "B": r"(?i:january|february|march|april|may|june|july|august|september|october|november|december)",
    "A": r"(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)", "z": r"(?:Z|[+-][0-9]{2}:?[0-9]{2})", "%": "%",
}  # fmt: skip
_NEEDS = {"date": ({"Y", "y"}, {"m", "b", "B", "j"}), "time": ({"H", "I"}, {"M"})}
_ALLOWED = {"date": set("YymdbBaAj%"), "time": set("HIMSpf%"), "datetime": set(DIRECTIVES) | {"f"}}


@lru_cache(maxsize=500)
def directives(form: str, data_type: str) -> tuple[str, str]:
    """A pattern of dates or times as a regex of what it takes, and as the engine wants it. Raises ValueError with the reason."""
    regex, chrono, used = [], [], set()
    for piece in re.findall(r"\.%f|%.|\s+|.|%", form, re.DOTALL):
        if piece == ".%f":
            regex.append(r"\.[0-9]{1,6}")
            chrono.append("%.f")
            used.add("f")
        elif piece.startswith("%"):
            if piece[1:] not in _ALLOWED[data_type] or piece == "%f":
                allowed = " ".join(f"%{d}" for d in sorted(_ALLOWED[data_type] - {"f"}))
                raise ValueError(f"{piece} cannot be used in a {data_type}; there are {allowed} and .%f")
            regex.append(DIRECTIVES[piece[1:]])
            chrono.append(piece)
            used.add(piece[1:])
        elif piece.isspace():
            regex.append(r"\s+")
            chrono.append(piece)
        else:
            regex.append(re.escape(piece))
            chrono.append(piece)
    _complete(used, data_type)
    return f"^{''.join(regex)}$", "".join(chrono)


def _complete(used: set[str], data_type: str) -> None:
    """Raises ValueError where a pattern leaves open what day or time it is."""
    groups = [g for part, g in _NEEDS.items() if part in data_type]
    for alternatives in (a for group in groups for a in group):
        if not used & alternatives:
            raise ValueError(f"it needs one of {' '.join(f'%{d}' for d in sorted(alternatives))}")
    if "date" in data_type and "j" not in used and "d" not in used:
        raise ValueError("it needs %d")
    if "I" in used and "p" not in used:
        raise ValueError("%I needs %p")
    if len(used & {"m", "b", "B"}) > 1 or len(used & {"Y", "y"}) > 1 or len(used & {"H", "I"}) > 1:
        raise ValueError("it names the same part twice")
