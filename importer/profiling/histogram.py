"""Histograms that can be merged without loss.

The bins are dyadic: their width is a power of two and their edges are multiples of it. The width is the smallest one at
which the range needs no more than 64 bins, so it depends on the smallest and the largest value only, and the bins of a
narrower histogram fit exactly into those of a wider one.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT_BINS = 64
SHOWN_BINS = 20


@dataclass(frozen=True, slots=True)
class Histogram:
    """counts[i] values lie in [(first + i) * 2**power, (first + i + 1) * 2**power); low and high are the extremes."""

    low: float
    high: float
    power: int
    first: int
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: NDArray[np.float64], weights: NDArray[np.int64] | None = None) -> Histogram:
        """The histogram of one or more finite values, each counted as often as its weight says."""
        low, high = float(values.min()), float(values.max())
        power = _power(low, high)
        first = _bin(low, power)
        bins = np.floor(np.ldexp(values, -power)).astype(np.int64)
        bins[(bins == 0) & (values < 0)] = -1  # too small for a float after the division
        counts = np.bincount(bins - first, weights=weights).astype(np.int64)
        return cls(low, high, power, first, tuple(counts.tolist()))

    def merged(self, other: Histogram) -> Histogram:
        low, high = min(self.low, other.low), max(self.high, other.high)
        power = _power(low, high)
        first = _bin(low, power)
        counts = [0] * (_bin(high, power) - first + 1)
        for part in (self, other):
            _add(part, counts, first, power)
        return Histogram(low, high, power, first, tuple(counts))

    def shown(self, least_power: int | None = None) -> tuple[list[float], list[int]]:
        """Edges and counts for display: at most 20 bins, each at least 2**least_power wide."""
        if least_power is None:  # a lone value shall not have a bin that looks as if it had no width
            least_power = self.power if self.low < self.high else math.frexp(self.low)[1] - 4 if self.low else 0
        power = max(self.power, least_power)
        while _bin(self.high, power) - _bin(self.low, power) >= SHOWN_BINS:
            power += 1
        first = _bin(self.low, power)
        counts = [0] * (_bin(self.high, power) - first + 1)
        _add(self, counts, first, power)
        return [_edge(first + i, power) for i in range(len(counts) + 1)], counts

    def to_state(self) -> list[Any]:
        return [self.low, self.high, self.power, self.first, list(self.counts)]

    @classmethod
    def from_state(cls, state: list[Any]) -> Histogram:
        low, high, power, first, counts = state
        return cls(low, high, power, first, tuple(counts))


def _power(low: float, high: float) -> int:
    """The width (as a power of two) that a range needs.

    A width below the precision of the largest value would say nothing, and bin numbers would no longer fit 64 bits.
    """
    power = max(math.frexp(max(abs(low), abs(high)))[1] - 53, -1074)
    power = max(power, math.frexp(high / KEPT_BINS - low / KEPT_BINS)[1] - 2 if high > low else power)
    while _bin(high, power) - _bin(low, power) >= KEPT_BINS:
        power += 1
    return power


def _bin(value: float, power: int) -> int:
    return math.floor(math.ldexp(value, -power)) or -(value < 0)


def _edge(number: int, power: int) -> float:
    """The lower edge of a bin; one beyond the largest number is the largest number."""
    try:
        return math.ldexp(number, power)
    except OverflowError:
        return math.copysign(sys.float_info.max, number)


def _add(part: Histogram, counts: list[int], first: int, power: int) -> None:
    shift = power - part.power
    for i, count in enumerate(part.counts):
        counts[((part.first + i) >> shift) - first] += count
