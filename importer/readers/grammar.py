"""What a record of a delimited text file is, compiled from a `Dialect`.

LF, CR and CRLF are line ends. A line end outside quotes ends a record; a line without bytes is no record. A quote at
the start of a field opens a quoted field, in which a doubled quote stands for one. After the closing quote only a
delimiter or a line end may follow. A quote anywhere else is text. With backslash escapes a backslash takes the next
character (CRLF counts as one) literally, inside and outside quotes; an escaped quote is no stray quote.

Quote damage: something else follows a closing quote, or a record does not end within the size limit or the file. Such a
record is malformed and consists of its first physical line only; reading goes on with the next one. From there to the
place where the damage was seen, records with a stray quote are malformed too.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from importer.errors import UnknownEncoding, UnsupportedFormat
from importer.model import Dialect

LF, CR, BACKSLASH = 10, 13, 92
BOM = codecs.BOM_UTF8
SAVE_AS_UTF8 = (
    "Save the file as UTF-8 and upload it again (in Excel: Save as, file type 'CSV UTF-8'; in a text editor: Save as, encoding 'UTF-8')."
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The bytes that matter. `undefined` are the bytes that mean nothing in a single-byte encoding (none in UTF-8)."""

    delimiter: int
    quote: int | None
    backslash: bool
    encoding: str
    undefined: bytes

    @property
    def is_utf8(self) -> bool:
        return self.encoding == "utf-8"

    @property
    def special(self) -> frozenset[int]:
        """Bytes with a meaning of their own."""
        quote = () if self.quote is None else (self.quote,)
        return frozenset((self.delimiter, LF, CR, BACKSLASH, *quote))

    @property
    def encoding_title(self) -> str:
        """The encoding as people know it."""
        if self.is_utf8:
            return "UTF-8"
        return self.encoding.replace("cp125", "Windows-125").replace("iso8859", "ISO-8859")


def compile_dialect(dialect: Dialect) -> Grammar:
    """Check a dialect and return its grammar.

    Raises UnknownEncoding for an encoding that is neither UTF-8 nor single-byte, and UnsupportedFormat when delimiter,
    quote and escape do not fit together.
    """
    encoding, undefined = check_encoding(dialect.encoding)
    delimiter = _one_byte(dialect.delimiter, "delimiter")
    quote = None if dialect.quote is None else _one_byte(dialect.quote, "quote")
    if dialect.escape not in ("double", "backslash"):
        raise UnsupportedFormat(
            f"There is no way to write quotes that is called {dialect.escape!r}.", fix='Choose "double" or "backslash".'
        )
    backslash = dialect.escape == "backslash"
    if delimiter == quote or (backslash and BACKSLASH in (delimiter, quote)):
        raise UnsupportedFormat(
            "The delimiter, the quote and the escape character must differ from each other.",
            fix="Choose another delimiter or quote.",
        )
    return Grammar(delimiter, quote, backslash, encoding, undefined)


def check_encoding(name: str) -> tuple[str, bytes]:
    """The canonical name of an encoding and its undefined bytes; raises UnknownEncoding when it cannot be read."""
    try:
        canonical = codecs.lookup(name).name
    except LookupError as error:
        raise UnknownEncoding(f"There is no text encoding named {name}.", fix=SAVE_AS_UTF8) from error
    if canonical in ("utf-8", "utf-8-sig"):
        return "utf-8", b""
    undefined = bytearray()
    for value in range(256):
        byte = bytes((value,))
        try:
            text = byte.decode(canonical)
        except (UnicodeError, LookupError):
            text = ""
        if value < 128 and text != chr(value):
            raise _not_readable(name)
        if not text:
            undefined += byte
    if _takes_several_bytes(canonical, bytes(undefined)):
        raise _not_readable(name)
    return canonical, bytes(undefined)


def _takes_several_bytes(encoding: str, undefined: bytes) -> bool:
    """Whether bytes that mean nothing alone mean something with another one behind, as in GBK or Shift JIS."""
    for lead in undefined:
        for tail in (0x40, 0x80, 0xA1, 0xB0):
            try:
                if len(bytes((lead, tail)).decode(encoding)) == 1:
                    return True
            except (UnicodeError, LookupError):
                continue
    return False


def _not_readable(name: str) -> UnknownEncoding:
    return UnknownEncoding(
        f"The text encoding {name} cannot be read: UTF-8 is expected, or an encoding with one byte for each character.",
        fix=SAVE_AS_UTF8,
    )


def _one_byte(character: str, what: str) -> int:
    if len(character) != 1 or not character.isascii() or character in "\r\n":
        raise UnsupportedFormat(
            f"The {what} {character!r} cannot be used: it must be one plain (ASCII) character and no line end.",
            fix=f"Choose another {what}.",
        )
    return ord(character)
