"""Guess delimiter, quote and escape: the ones with which the sample falls into records of equal width."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from importer.model import Dialect, Position
from importer.readers.grammar import Grammar, compile_dialect
from importer.readers.sample import Sample
from importer.readers.scan import Layout, scan

DELIMITERS = {  # name and weight; colons are frequent in times
    ",": ("comma", 1.0),
    ";": ("semicolon", 1.0),
    "\t": ("tab", 1.0),
    "|": ("vertical bar", 1.0),
    ":": ("colon", 0.8),
}
QUOTES: dict[str | None, str] = {'"': "double quotes", "'": "single quotes", None: ""}
LEAST_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class Guess:
    """A dialect and how well it fits: `fitting` of `records` have `width` values. `quoted` counts quoted values."""

    dialect: Dialect
    score: float
    records: int
    fitting: int
    width: int
    quoted: int
    damaged: int


def guess_dialect(sample: Sample, encoding: str) -> Guess:
    """The best of all combinations; of equals the first, so that the comma and double quotes are preferred."""
    guesses = [_judge(sample, dialect) for dialect in _candidates(sample, encoding)]
    with_quotes = {g.dialect.delimiter: g for g in guesses if g.dialect.quote == '"' and g.dialect.escape == "double"}
    guesses = [_weigh(guess, with_quotes[guess.dialect.delimiter]) for guess in guesses]
    best = max(guesses, key=lambda guess: guess.score)
    if best.score >= LEAST_SCORE:
        return best
    single = next(g for g in guesses if g.dialect == Dialect(encoding=encoding))
    return replace(single, width=1)


def describe(guess: Guess) -> tuple[str, ...]:
    """Why this dialect, as sentences."""
    if guess.width == 1:
        return ("No character splits the lines into the same number of values, so the file is read as one column.",)
    name = DELIMITERS[guess.dialect.delimiter][0]
    sentences = [f"The {name} splits {guess.fitting:,} of {guess.records:,} lines into {guess.width:,} values."]
    if guess.quoted and guess.dialect.quote:
        sentences.append(f"Values are put in {QUOTES[guess.dialect.quote]}.")
    if guess.dialect.quote is None:
        sentences.append("Quotes do not enclose values in this file, so they are read as text.")
    if guess.dialect.escape == "backslash":
        sentences.append("Quotes inside values are marked with a backslash.")
    if guess.damaged:
        sentences.append(f"In {guess.damaged:,} lines a quote is not closed properly.")
    return tuple(sentences)


def layouts(sample: Sample, grammar: Grammar) -> list[tuple[bytes, Layout]]:
    """The records of the head and of the other pieces."""
    found = [(sample.head, _scan(sample.head, grammar, eof=sample.whole))]
    if not len(found[0][1]):
        found = [(sample.head, _scan(sample.head, grammar, eof=True))]
    return found + [(piece, _scan(piece, grammar, eof=False)) for piece in sample.pieces]


def _scan(data: bytes, grammar: Grammar, *, eof: bool) -> Layout:
    return scan(data, grammar, Position(), eof=eof, limit=len(data))


def _candidates(sample: Sample, encoding: str) -> list[Dialect]:
    text = sample.everything
    found = []
    for quote in QUOTES:
        escapes = ["double"]
        if quote and b"\\" + quote.encode() in text:
            escapes.append("backslash")
        found += [
            Dialect(encoding=encoding, delimiter=delimiter, quote=quote, escape=escape) for escape in escapes for delimiter in DELIMITERS
        ]
    return found


def _judge(sample: Sample, dialect: Dialect) -> Guess:
    parts = [layout for _, layout in layouts(sample, compile_dialect(dialect))]
    fields = np.concatenate([layout.fields for layout in parts])
    broken = np.concatenate([layout.damaged | layout.suspect for layout in parts])
    widths = fields[~broken]
    if not len(widths):
        return Guess(dialect, 0.0, len(fields), 0, 1, 0, len(fields))
    counts = np.bincount(widths)
    width = int(np.argmax(counts))
    fitting, records, damaged = int(counts[width]), len(fields), int(np.count_nonzero(broken))
    score = fitting / records * (1 - 1 / width) * DELIMITERS[dialect.delimiter][1]
    score *= 1 - damaged / records
    if int(fields[0]) != width:  # the header must fit, or commas in texts and numbers would pass for delimiters
        score /= 2
    return Guess(dialect, score, records, fitting, width, sum(_quoted(layout) for layout in parts), damaged)


def _quoted(layout: Layout) -> int:
    """Quoted values, counting no doubled quote."""
    openers, closers = layout.spans[0::2], layout.spans[1::2]
    return len(openers) - int(np.count_nonzero(openers[1:] == closers[:-1] + 1))


def _weigh(guess: Guess, usual: Guess) -> Guess:
    """Single quotes need to enclose many values; no quotes at all speaks against values in double quotes."""
    score = guess.score
    if guess.dialect.quote == "'" and not guess.quoted:
        score *= 0.99
    if guess.dialect.quote == "'" and guess.quoted >= guess.records / 2 and not usual.quoted:
        score *= 1.02
    if guess.dialect.quote is None:
        score *= 1 - min(1.0, usual.quoted / max(usual.records, 1))
    return replace(guess, score=score)
