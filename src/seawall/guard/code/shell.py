"""A small reader of shell code: commands, pipes, quotes, substitutions, here-documents. Linear."""

import msgspec

MOST_NESTED = 20
_BLANK, _ENDS = " \t\r", "\n;&|()<> \t\r"
# Behind these words a command begins.
_KEYWORDS = frozenset({"then", "do", "else", "elif", "if", "while", "until", "!", "{", "time", "}"})
_PROMPTS = frozenset({"$", "%", "PS>", ">>>", "C:\\>"})


class ShellError(ValueError):
    """Code that nests too deeply to be read."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word without its quotes; `inner`: the pipelines of its substitutions; `quoted`: any."""

    text: str
    start: int
    end: int
    quoted: bool = False
    inner: tuple["Pipeline", ...] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A simple command. `redirects`: (operator, target); `documents`: its here-documents.

    A here-document stands behind the line that asks for it, so the list is filled later.
    """

    words: tuple[Word, ...]
    redirects: tuple[tuple[str, Word], ...] = ()
    documents: list[Word] = []
    start: int = 0
    end: int = 0

    @property
    def inner(self) -> tuple["Pipeline", ...]:
        """Return the pipelines of all substitutions in the command."""
        targets = tuple(target for _, target in self.redirects)
        return tuple(one for word in (*self.words, *targets) for one in word.inner)


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """Commands joined by pipes."""

    commands: tuple[Command, ...]

    @property
    def start(self) -> int:
        """Return where the first command starts."""
        return self.commands[0].start

    @property
    def end(self) -> int:
        """Return where the last command ends."""
        return self.commands[-1].end


def pipelines(text: str, offset: int = 0) -> list[Pipeline]:
    """Return the pipelines of shell code; positions count from `offset`. Raises ShellError."""
    return _Reader(text, offset, 0).read("")


class _Reader:
    """Reads from left to right, each character once; unclosed quotes reach to the end."""

    def __init__(self, text: str, offset: int, depth: int) -> None:
        self._text, self._offset, self._depth = text, offset, depth
        self._at = 0
        self._closer = ""
        self._wanted: list[tuple[str, list[Word]]] = []

    def read(self, closer: str) -> list[Pipeline]:
        if self._depth > MOST_NESTED:
            raise ShellError("shell code nests too deep")
        found: list[Pipeline] = []
        commands: list[Command] = []
        while True:
            command = self._command()
            if command is not None:
                commands.append(command)
            if self._at < len(self._text) and self._text[self._at] == "|":
                double = self._text.startswith("||", self._at)
                self._at += 2 if double or self._text.startswith("|&", self._at) else 1
                if not double:
                    continue
            if commands:
                found.append(Pipeline(commands=tuple(commands)))
                commands = []
            if self._at >= len(self._text):
                return found
            sign = self._text[self._at]
            self._at += 1
            if sign == closer:
                return found
            if sign == "\n":
                self._documents()

    def _command(self) -> Command | None:
        words: list[Word] = []
        redirects: list[tuple[str, Word]] = []
        documents: list[Word] = []
        first = -1
        while self._at < len(self._text):
            self._skip()
            if self._at >= len(self._text) or self._text[self._at] in "\n;|)" + self._closer:
                break
            sign, here = self._text[self._at], self._at
            first = here if first < 0 else first
            if sign == "&" and not self._text.startswith("&>", here):
                break
            if sign == "(":
                self._at += 1
                inner = tuple(self._nested(")"))
                words.append(self._word("", here, inner=inner))
            elif sign in "<>&":
                self._redirect(redirects, documents)
            else:
                words.append(self._plain())
                if len(words) == 1 and words[0].text in _KEYWORDS and not words[0].quoted:
                    words.clear()
        words = _without_prompt(words)
        if not words and not redirects:
            return None
        return Command(words=tuple(words), redirects=tuple(redirects), documents=documents,
                       start=self._offset + max(first, 0), end=self._offset + self._at)  # fmt: skip

    def _skip(self) -> None:
        """Skip blanks, joined lines and comments."""
        text = self._text
        while self._at < len(text):
            if text[self._at] in _BLANK:
                self._at += 1
            elif text.startswith(("\\\n", "\\\r\n", "`\n"), self._at):
                self._at = text.index("\n", self._at) + 1
            elif text[self._at] == "#" and (self._at == 0 or text[self._at - 1] in " \t\n;|&("):
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            else:
                return

    def _redirect(self, redirects: list[tuple[str, Word]], documents: list[Word]) -> None:
        text, here = self._text, self._at
        if text.startswith(("<(", ">("), here):
            self._at += 2
            inner = tuple(self._nested(")"))
            redirects.append((text[here : here + 2], self._word("", here, inner=inner)))
            return
        if text.startswith("<<", here) and not text.startswith("<<<", here):
            self._at += 3 if text.startswith("<<-", here) else 2
            self._skip()
            self._wanted.append((self._plain().text, documents))
            return
        while self._at < len(text) and text[self._at] in "<>&":
            self._at += 1
        operator = text[here : self._at]
        self._skip()
        if self._at < len(text) and text[self._at] not in _ENDS:
            redirects.append((operator, self._plain()))

    def _documents(self) -> None:
        """Read the here-documents that the line before asked for."""
        for delimiter, documents in self._wanted:
            start = self._at
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                line = self._text[self._at : end]
                last, self._at = self._at, min(end + 1, len(self._text))
                if line.strip() == delimiter:
                    documents.append(self._word(self._text[start:last], start, end=last))
                    break
            else:
                documents.append(self._word(self._text[start:], start))
        self._wanted = []

    def _plain(self) -> Word:
        """Read one word with its quotes and substitutions."""
        text, start = self._text, self._at
        pieces: list[str] = []
        inner: list[Pipeline] = []
        quoted = False
        while self._at < len(text) and text[self._at] not in _ENDS + self._closer:
            sign = text[self._at]
            if sign == "'":
                end = text.find("'", self._at + 1)
                end = len(text) if end < 0 else end
                pieces.append(text[self._at + 1 : end])
                self._at, quoted = end + 1, True
            elif sign == '"':
                self._at, quoted = self._at + 1, True
                self._double(pieces, inner)
            elif not self._expansion(pieces, inner):
                pieces.append(self._escaped())
        self._at = min(max(self._at, start + 1), len(text))
        return self._word("".join(pieces), start, quoted=quoted, inner=tuple(inner))

    def _double(self, pieces: list[str], inner: list[Pipeline]) -> None:
        """Read on to the end of double quotes."""
        while self._at < len(self._text) and self._text[self._at] != '"':
            if not self._expansion(pieces, inner):
                pieces.append(self._escaped())
        self._at += 1

    def _escaped(self) -> str:
        if self._text[self._at] == "\\" and self._at + 1 < len(self._text):
            sign = self._text[self._at + 1]
            self._at += 2
            return "" if sign == "\n" else sign if sign in "\"'`$\\ ();&|<>#*?" else "\\" + sign
        self._at += 1
        return self._text[self._at - 1]

    def _expansion(self, pieces: list[str], inner: list[Pipeline]) -> bool:
        """Read `$(...)`, a pair of backticks or `${...}`; return whether there was one."""
        text, here = self._text, self._at
        if text.startswith("$(", here) and not text.startswith("$((", here):
            self._at += 2
            inner += self._nested(")")
        elif text[here] == "`" and self._closer != "`":
            self._at += 1
            inner += self._nested("`")
        elif text.startswith("${", here):
            end = text.find("}", here)
            self._at = len(text) if end < 0 else end + 1
            pieces.append(text[here : self._at])
            return True
        else:
            return False
        pieces.append("$()")
        return True

    def _nested(self, closer: str) -> list[Pipeline]:
        self._depth += 1
        kept = self._wanted, self._closer
        self._wanted, self._closer = [], closer
        found = self.read(closer)
        self._wanted, self._closer = kept
        self._depth -= 1
        return found

    def _word(
        self,
        said: str,
        start: int,
        *,
        end: int | None = None,
        quoted: bool = False,
        inner: tuple[Pipeline, ...] = (),
    ) -> Word:
        last = min(self._at if end is None else end, len(self._text))
        return Word(text=said, start=self._offset + start, end=self._offset + last, quoted=quoted,
                    inner=inner)  # fmt: skip


def _without_prompt(words: list[Word]) -> list[Word]:
    """Return a command without the prompt that a copied session shows before it."""
    if len(words) < 2 or words[0].quoted:
        return words
    first = words[0].text
    prompt = first in _PROMPTS or (first[-1:] in ("$", "#", "%") and "@" in first)
    return words[1:] if prompt else words
