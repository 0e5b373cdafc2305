"""Guess the encoding of a sample: UTF-8 if it is, otherwise the single-byte one in which the words make sense.

Statistics over bytes confuse code pages that share most letters. Alphabets do not: in the right one nearly all special
letters belong to one language, and they stand where letters of that language stand.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from importer.readers.grammar import BOM
from importer.readers.sample import Sample

WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
ENOUGH_WORDS = 5_000

WESTERN = "àáâãäåæçèéêëìíîïñòóôõöøœùúûüßÿ"
CENTRAL = "áâăäąćčçďđéęëěíîĺľłńňóôőöŕřśšşßťţúůűüýźżž"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
TYPOGRAPHY = frozenset("€£§°²³µ©®™«»‚„‘’“”–—…·¡¿\xa0ªº№×")

# encoding, name for people, alphabets with their weight; the first of equals wins
CODE_PAGES: tuple[tuple[str, str, tuple[tuple[float, str], ...]], ...] = (
    (
        "windows-1252",
        "Windows-1252 (Western European)",
        (
            (1.0, "äöüßé"), (1.0, "àâæçéèêëîïôœùûüÿ"), (1.0, "áéíñóúüç"), (1.0, "àèéìíòóù"), (1.0, "ãáâàçéêíóôõúü"),
            (1.0, "æøåéöä"), (0.98, "áðéíóúýþæö"), (0.95, WESTERN),
        ),
    ),
    ("iso-8859-15", "ISO-8859-15 (Western European)", ((0.97, WESTERN + "šž"),)),
    (
        "windows-1250",
        "Windows-1250 (Central European)",
        (
            (1.0, "ąćęłńóśźż"), (1.0, "áčďéěíňóřšťúůýž"), (1.0, "áäčďéíĺľňóôŕšťúýž"), (1.0, "áéíóöőúüű"),
            (1.0, "ăâîşţ"), (1.0, "čćđšž"), (0.93, CENTRAL),
        ),
    ),
    ("iso-8859-2", "ISO-8859-2 (Central European)", ((0.98, "ąćęłńóśźż"), (0.98, "áčďéěíňóřšťúůýž"), (0.92, CENTRAL))),
    ("windows-1254", "Windows-1254 (Turkish)", ((0.99, "çğıİöşüâîû"),)),
    ("windows-1251", "Windows-1251 (Cyrillic)", ((1.0, CYRILLIC), (0.98, CYRILLIC + "іїєґўђјљњћџѓќѕ"))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    name: str
    confidence: float
    evidence: str
    notices: tuple[str, ...] = ()


def guess_encoding(sample: Sample) -> Encoding:
    """The most likely encoding, with the reason as a sentence and a notice when it was a guess."""
    if sample.raw_head.startswith(BOM):
        return Encoding("utf-8", 1.0, "The file begins with the mark of UTF-8.")
    text = sample.everything
    if text.isascii():
        return Encoding("utf-8", 1.0, "The file holds plain characters only, which are the same in every encoding.")
    decoded = text.decode("utf-8", "replace")
    bad = _count_bad(text, decoded)
    if not bad:
        return Encoding("utf-8", 1.0, "The text is valid UTF-8.")
    good = len(decoded) - len(decoded.encode("ascii", "ignore")) - decoded.count("\ufffd")
    if good > 2 * bad:
        share = f"{bad:,} of {bad + good:,} special characters are not"
        return Encoding(
            "utf-8",
            good / (good + bad),
            f"Most of the text is valid UTF-8; {share}.",
            ("Some lines are not valid UTF-8; their records will be set aside.",),
        )
    return _guess_code_page(text)


def _count_bad(text: bytes, decoded: str) -> int:
    """Runs of bytes that are not UTF-8."""
    return len(re.findall("\ufffd+", decoded)) - len(re.findall(b"(?:\xef\xbf\xbd)+", text))


def _guess_code_page(text: bytes) -> Encoding:
    words = Counter(WORD.findall(text))
    common = words.most_common(ENOUGH_WORDS)
    best, best_title, best_score = CODE_PAGES[0][0], CODE_PAGES[0][1], 0.0
    for name, title, alphabets in CODE_PAGES:
        decoded = [(word.decode(name, "replace"), count) for word, count in common]
        score = max(weight * _share(decoded, frozenset(letters)) for weight, letters in alphabets)
        if score > best_score + 1e-9:
            best, best_title, best_score = name, title, score
    evidence = f"The text is not UTF-8; as {best_title} its special letters make sense in {best_score:.0%} of cases."
    notice = f"The encoding of the file was guessed: {best_title}. Check names with special letters in the preview."
    return Encoding(best, min(0.9, best_score), evidence, (notice,))


def _share(words: list[tuple[str, int]], alphabet: frozenset[str]) -> float:
    """How many of the special characters are letters of an alphabet in a fitting place, or typography."""
    fitting = total = 0
    cyrillic = "я" in alphabet
    for word, count in words:
        mixed = cyrillic and any(c.isascii() for c in word)
        for before, letter in zip(" " + word, word, strict=False):
            if letter.isascii():
                continue
            total += count
            known = (letter in alphabet or letter.lower() in alphabet) and not mixed and not (letter.isupper() and before.islower())
            fitting += count * (known or letter in TYPOGRAPHY)
    return fitting / total if total else 0.0
