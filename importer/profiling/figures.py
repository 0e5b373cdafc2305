"""What is known of the numbers, dates or times of a column: extremes, sum and distribution, exact and mergeable."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importer.fixed import MICROSECONDS
from importer.profiling.forms import Form, Numbers, iso_date, iso_time
from importer.profiling.histogram import Histogram

SCALE = 1130  # sums are kept as whole multiples of 2**-1130: every float is one, the smallest included
_MANTISSA_BITS = 53
_HALF_BITS = 27


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one kind. Dates are days, times microseconds since 1970-01-01 UTC.

    total is the sum of the values as 64-bit floats, multiplied by 2**SCALE (0 for dates and times).
    """

    kind: str
    low: float
    high: float
    total: int
    histogram: Histogram
    zoned: bool = False

    @classmethod
    def of(cls, form: Form, values: Numbers, weights: NDArray[np.int64] | None, zoned: bool) -> Figures | None:
        """Figures of one or more values, or None if one lies outside the bounds of the form."""
        low, high = values.min().item(), values.max().item()
        if low < form.low or high > form.high:
            return None
        shown = values // MICROSECONDS if form.kind == "datetime" else values
        total = _total(values, weights) if form.kind in ("integer", "number") else 0
        return cls(form.kind, low, high, total, Histogram.of(shown.astype(np.float64), weights), zoned)

    def merged(self, other: Figures) -> Figures | None:
        """Figures of both, or None if they are not of one kind (integers become numbers among numbers)."""
        if self.kind == other.kind:
            kind, low, high = self.kind, min(self.low, other.low), max(self.high, other.high)
        elif {self.kind, other.kind} == {"integer", "number"}:
            kind, low, high = "number", float(min(self.low, other.low)), float(max(self.high, other.high))
        else:
            return None
        histogram = self.histogram.merged(other.histogram)
        return Figures(kind, low, high, self.total + other.total, histogram, self.zoned or other.zoned)

    def document(self, values: int) -> dict[str, Any]:
        """min, max, mean and histogram as they are shown; `values` says how many there are."""
        mean = float(Fraction(self.total, values << SCALE)) if self.kind in ("integer", "number") else None
        edges, counts = self.histogram.shown(None if self.kind == "number" else 0)
        unit = MICROSECONDS if self.kind == "datetime" else 1
        shape = {"edges": [self._shown(edge * unit) for edge in edges], "counts": counts}
        return {"min": self._shown(self.low), "max": self._shown(self.high), "mean": mean, "histogram": shape}

    def _shown(self, value: float) -> float | str:
        match self.kind:
            case "date":
                return iso_date(value)
            case "datetime":
                return iso_time(value, self.zoned)
            case "integer":
                return int(value)
        return value

    def to_state(self) -> list[Any]:
        return [self.kind, self.low, self.high, hex(self.total), self.histogram.to_state(), self.zoned]

    @classmethod
    def from_state(cls, state: list[Any]) -> Figures:
        kind, low, high, total, histogram, zoned = state
        return cls(kind, low, high, int(total, 16), Histogram.from_state(histogram), zoned)


def _total(values: Numbers, weights: NDArray[np.int64] | None) -> int:
    """The exact sum of values as 64-bit floats, times 2**SCALE."""
    number = len(values) if weights is None else int(weights.sum())
    largest = max(-values.min().item(), values.max().item())
    if values.dtype == np.int64 and largest <= 2**_MANTISSA_BITS and largest * number < 2**63:
        return int(values.sum() if weights is None else (values * weights).sum()) << SCALE
    return _float_total(values.astype(np.float64), weights)


def _float_total(values: NDArray[np.float64], weights: NDArray[np.int64] | None) -> int:
    """Adds the mantissas of each exponent as whole numbers, in halves, so that 64 bits hold the sum of 2**36 values."""
    mantissas, exponents = np.frexp(values)
    whole = np.ldexp(mantissas, _MANTISSA_BITS).astype(np.int64)
    halves = [whole >> _HALF_BITS, whole & (2**_HALF_BITS - 1)]
    if weights is not None:
        halves = [half * weights for half in halves]
    first = int(exponents.min())
    sums = np.zeros((2, int(exponents.max()) - first + 1), np.int64)
    for row, half in zip(sums, halves, strict=True):
        np.add.at(row, exponents - first, half)
    parts = ((int(high) << _HALF_BITS) + int(low) for high, low in sums.T)
    return sum(part << (first + i - _MANTISSA_BITS + SCALE) for i, part in enumerate(parts))
