"""A second reader, byte by byte and without any library, that states the grammar plainly; the real one must agree."""

from __future__ import annotations

from dataclasses import dataclass

LINE_ENDS = (0x0A, 0x0D)
BACKSLASH = 0x5C


class LineTooLong(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Result:
    """One record as a reader of files should report it."""

    record: int
    line: int
    code: str | None
    raw: bytes
    cells: tuple[str | None, ...]


@dataclass
class _Attempt:
    end: int
    cells: list[bytes]
    stray: bool
    damage: int | None


class ExactReader:
    def __init__(
        self,
        data: bytes,
        delimiter: bytes = b",",
        quote: bytes | None = b'"',
        backslash: bool = False,
        encoding: str = "utf-8",
        limit: int = 1 << 30,
    ) -> None:
        self.data = data
        self.delimiter = delimiter[0]
        self.quote = None if quote is None else quote[0]
        self.backslash = backslash
        self.encoding = encoding
        self.limit = limit
        self.blanks = 0
        self.lines = 0

    def read(self, columns: int) -> list[Result]:
        at = 3 if self.data.startswith(b"\xef\xbb\xbf") else 0
        line, suspect_until = 1, 0
        results: list[Result] = []
        while at < len(self.data):
            first = self._physical_end(at)
            if first == at:
                self.blanks += 1
                at, line = self._after(first), line + 1
                continue
            if first - at > self.limit:
                raise LineTooLong(line)
            attempt = self._record(at)
            suspect = at < suspect_until and attempt.stray
            end = attempt.end
            if attempt.damage is not None:
                end = first
                suspect_until = max(suspect_until, attempt.damage)
            raw = self.data[at:end]
            code, cells = self._judge(attempt, suspect, raw, columns)
            results.append(Result(len(results) + 1, line, code, raw, cells))
            following = self._after(end)
            line += self._count(at, following)
            at = following
        self.lines = line
        return results

    def _judge(self, attempt: _Attempt, suspect: bool, raw: bytes, columns: int) -> tuple[str | None, tuple[str | None, ...]]:
        if attempt.damage is not None or suspect:
            return "ROW_QUOTE", (None,) * columns
        cells = [cell.decode(self.encoding, "replace") or None for cell in attempt.cells]
        padded = tuple((cells + [None] * columns)[:columns])
        try:
            raw.decode(self.encoding)
        except UnicodeDecodeError:
            return "ROW_ENCODING", padded
        if len(cells) != columns:
            return ("ROW_FEW_FIELDS" if len(cells) < columns else "ROW_MANY_FIELDS"), padded
        return None, padded

    def _physical_end(self, at: int) -> int:
        while at < len(self.data) and self.data[at] not in LINE_ENDS:
            at += 1
        return at

    def _after(self, end: int) -> int:
        if self.data[end : end + 2] == b"\r\n":
            return end + 2
        return min(end + 1, len(self.data))

    def _count(self, start: int, stop: int) -> int:
        count = 0
        while start < stop:
            start = self._physical_end(start)
            if start < stop:
                count += 1
                start = self._after(start)
        return count

    def _record(self, start: int) -> _Attempt:
        data, size = self.data, len(self.data)
        cells: list[bytes] = []
        value = bytearray()
        state, stray, at = "start", False, start
        while True:
            over = start + self.limit
            if at >= size or (state != "quoted" and data[at] in LINE_ENDS):
                if state == "quoted" or at > over:
                    return _Attempt(at, [], stray, min(at, over))
                return _Attempt(at, [*cells, bytes(value)], stray, None)
            if at >= over:
                return _Attempt(at, [], stray, over)
            byte = data[at]
            if state == "closed":
                if byte == self.quote:
                    value.append(byte)
                    state = "quoted"
                    at += 1
                    continue
                if byte != self.delimiter:
                    return _Attempt(at, [], stray, at)
            if self.backslash and byte == BACKSLASH and at + 1 < size:
                following = self._after(at + 1)
                value += data[at + 1 : following]
                state = "quoted" if state == "quoted" else "text"
                at = following
                continue
            if state == "quoted":
                if byte == self.quote:
                    state = "closed"
                else:
                    value.append(byte)
            elif byte == self.delimiter:
                cells.append(bytes(value))
                value.clear()
                state = "start"
            elif byte == self.quote and state == "start":
                state = "quoted"
            else:
                stray = stray or byte == self.quote
                value.append(byte)
                state = "text"
            at += 1
