"""Numbers, sizes and times as people read them. Plain functions without Streamlit."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

NOTHING = "–"


def number(value: int | float | None) -> str:
    """1,234,567; at most four decimals for a fraction; a dash for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def short_number(value: int) -> str:
    """1,234 below ten thousand, then 12.3K, 1.2M, 3.4B."""
    if value < 10_000:
        return f"{value:,}"
    for limit, unit, size in ((1e6, "K", 1e3), (1e9, "M", 1e6)):
        if value < limit * 0.9995:
            return f"{value / size:.1f}{unit}"
    return f"{value / 1e9:.1f}B"


def count(value: int, one: str, many: str | None = None) -> str:
    """1 record, 2 records."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """The share of a part. Neither a small part reads as 0 % nor an incomplete one as 100 %."""
    if not whole:
        return NOTHING
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    if 99.9 < share < 100:
        return "> 99.9 %"
    return f"{share:.1f}".removesuffix(".0") + " %"


def size(value: int | None) -> str:
    """Bytes in decimal units: 999 B, 1.5 KB, 4.1 GB."""
    if value is None:
        return NOTHING
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 999.95:
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
        amount /= 1000
    return f"{amount:.1f}".removesuffix(".0") + " TB"


def duration(seconds: float | None) -> str:
    """0.4 s, 42 s, 3 min 41 s, 2 h 5 min."""
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_left(seconds: float | None) -> str:
    """An estimate in words; empty when there is none."""
    if seconds is None:
        return ""
    if seconds < 2:
        return "almost done"
    return f"about {duration(max(round(seconds), 2))} left"


def rate(value: float | None) -> str:
    """Records a second; empty when it is not known."""
    return f"{number(round(value))} records/s" if value and value >= 1 else ""


def when(moment: datetime | None, zone: tzinfo | None) -> str:
    """23 Nov 2026, 16:32 in the zone of the reader."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def zone(name: str | None) -> ZoneInfo:
    """The zone that a browser names; UTC when it names none or an unknown one."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def visible(text: str | None, limit: int = 200) -> str:
    """A value of a file on one line: control characters become visible, long text is cut, nothing is a dash."""
    if text is None:
        return NOTHING
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(_SIGNS.get(c, c) for c in cut)


# Line breaks and tabs as signs; characters that turn the reading direction around would disguise a name.
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SIGNS = {"\n": "↵", "\r": "␍", "\t": "⇥", "\0": "␀"} | dict.fromkeys(_TURNS, "�")
