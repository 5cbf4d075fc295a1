"""A stream is cut at what was reserved for it, whatever the provider goes on sending."""

from seawall.wire.openai_answer import Answer

# No tokenizer packs more characters into its tokens on average, in no language.
_CHARS_A_TOKEN = 8
_SLACK = 64


class StreamCap:
    """Counts what a stream has said. `tokens`: the most it may say, all choices together.

    A provider need not tell its count before the end, so certain signs are used: its own count
    if there is one, more characters than so many tokens hold, or twice as many pieces.
    """

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._most_chars = _CHARS_A_TOKEN * tokens + _SLACK
        self._most_pieces = 2 * tokens + _SLACK
        self._pieces = 0

    def holds(self, pieces: int, chars: int) -> bool:
        """Count so many pieces more if the cap then still holds; say whether it does."""
        if chars > self._most_chars or self._pieces + pieces > self._most_pieces:
            return False
        self._pieces += pieces
        return True

    def over(self, answer: Answer, chars: int) -> bool:
        """Take one event; say whether the stream must end. `chars`: all it has said so far."""
        for choice in answer.choices:
            if choice.content or choice.tools:
                self._pieces += 1
        if answer.usage is not None and answer.usage.completion_tokens > self._tokens:
            return True
        return chars > self._most_chars or self._pieces > self._most_pieces
