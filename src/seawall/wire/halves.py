"""Characters that a provider's stream cuts in two: half of a surrogate pair waits for the other.

A server that counts in UTF-16 may end a piece within an emoji. What stays alone, in the middle or
at the end, becomes U+FFFD, as in every text decoder.
"""

import re

import msgspec

from seawall.wire.openai_answer import Answer, Choice, ToolDelta

_HALF = re.compile("[\ud800-\udfff]")
_FIRST = re.compile("[\ud800-\udbff]\\Z")
# A text of a choice: its field, or a tool call's index.
_Text = tuple[int, str | int | None]


class Halves:
    """Joins what the answers of one stream's events cut. `waiting`: the next must come here."""

    def __init__(self) -> None:
        self.waiting: dict[_Text, str] = {}

    def join(self, answer: Answer) -> None:
        """Make the texts of an event whole characters, in place.

        Half of one at a text's end is held back for the next event, up to the choice's end.
        """
        for choice in answer.choices:
            if choice.content:
                choice.content = self._joined((choice.index, "content"), choice.content)
            if choice.refusal:
                choice.refusal = self._joined((choice.index, "refusal"), choice.refusal)
            if choice.tools:
                choice.tools = [self._tool(choice.index, tool) for tool in choice.tools]
            if self.waiting and choice.finish_reason is not None:
                self._end(choice)

    def _tool(self, choice: int, tool: ToolDelta) -> ToolDelta:
        arguments = self._joined((choice, tool.index), tool.arguments)
        if arguments is tool.arguments:
            return tool
        return msgspec.structs.replace(tool, arguments=arguments)

    def _joined(self, text: _Text, piece: str) -> str:
        if self.waiting:
            piece = self.waiting.pop(text, "") + piece if piece else piece
        if piece.isascii() or _HALF.search(piece) is None:
            return piece
        if _FIRST.search(piece) is not None:
            self.waiting[text], piece = piece[-1], piece[:-1]
        return _made_whole(piece)

    def _end(self, choice: Choice) -> None:
        """Give what still waits to the choice's last event: its other half will not come."""
        for text in [text for text in self.waiting if text[0] == choice.index]:
            half, field = _made_whole(self.waiting.pop(text)), text[1]
            if field == "content":
                choice.content = (choice.content or "") + half
            elif field == "refusal":
                choice.refusal = (choice.refusal or "") + half
            elif not isinstance(field, str):
                last = ToolDelta(index=field, id="", name="", arguments=half)
                choice.tools = [*choice.tools, last]


def _made_whole(text: str) -> str:
    """Return a text with pairs as characters, and U+FFFD for what is half of one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
