"""Registered texts: every copy of guaranteed length is found where it is; no text is kept."""

import base64
import codecs
import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall import Guard
from seawall.cli import main
from seawall.core.errors import InputError, IntegrityError
from seawall.core.exchange import Exchange, Stage, Surface
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.guard.registered import index, winnow
from seawall.guard.registered.letters import letters, places
from seawall.guard.self_test import part_at
from seawall.guard.stream import StreamBlocked, StreamGuard
from seawall.policy.load import load_policy
from seawall.policy.model import GuardRule

RUN = 40
RNG = random.Random(11)
WORDS = ["".join(RNG.choices("etaoinshrdluäöéß", k=RNG.randrange(2, 9))) for _ in range(900)]
BOOK = " ".join(RNG.choices(WORDS, k=900))
OTHER = ["zq" + word + "yx" for word in WORDS]


def prose(count: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(OTHER, k=count))


@pytest.fixture(scope="module")
def book() -> index.Index:
    return index.make([BOOK], run=RUN, salt=b"fixed")


def test_every_run_of_guaranteed_length_is_found_at_every_alignment(book: index.Index) -> None:
    folded = letters(BOOK)
    before, after = letters(prose(30, 1)), letters(prose(30, 2))
    for start in range(len(folded) - RUN):
        shift = before[start % 37 :]
        spans = book.spans(shift + folded[start : start + RUN] + after)
        assert len(spans) == 1, start
        low, high = spans[0][0] - len(shift), spans[0][1] - len(shift)
        assert 0 <= low < high <= RUN, start
        assert high - low >= book.header.size


@settings(max_examples=150, deadline=None)
@given(
    start=st.integers(0, 3000), length=st.integers(RUN, 400), lead=st.integers(0, 60),
    style=st.sampled_from(["upper", "spaced", "lines", "marks", "accents", "plain"]),
)  # fmt: skip
def test_a_copy_is_found_however_it_is_written(
    book: index.Index, start: int, length: int, lead: int, style: str
) -> None:
    folded = letters(BOOK)
    copied = folded[start : start + length]
    written = {
        "upper": str.upper, "spaced": " ".join, "lines": "\n".join, "marks": "*-, ".join,
        "accents": lambda text: unicodedata.normalize("NFD", text.replace("a", "à")),
        "plain": str,
    }[style](copied)  # fmt: skip
    text = prose(lead, 3) + " " + written + " " + prose(20, 4)
    spans = book.spans(letters(text))
    assert spans
    where = places(text)
    found_at, found_end = int(where[spans[0][0]]), int(where[spans[-1][1] - 1]) + 1
    begin = text.index(written)
    assert begin <= found_at < found_end <= begin + len(written)
    missed = len(copied) - sum(end - begin for begin, end in spans)
    assert missed <= 2 * (book.header.window - 1)


def test_blocks_of_long_texts_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    small = index.make([BOOK], run=RUN, salt=b"fixed")
    monkeypatch.setattr(winnow, "BLOCK", 128)
    blocks = index.make([BOOK], run=RUN, salt=b"fixed")
    assert np.array_equal(small.digests, blocks.digests)


def test_other_text_is_not_found(book: index.Index) -> None:
    assert book.spans(letters(prose(3000, 5))) == []
    shuffled = BOOK.split()
    random.Random(6).shuffle(shuffled)
    assert book.spans(letters(" ".join(shuffled))) == []
    assert book.spans("") == []
    assert index.make([]).spans(letters(BOOK)) == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße, ﬁn!", "strassefin"),
        ("E\u0301tude № 3", "etudeno3"),
        ("٣ apples_and—pears", "3applesandpears"),
        ("灯、か", "灯灯灯かか"),
        ("Łódź Øre", "lodzore"),
        ("\ud800", ""),
    ],
)
def test_letters_are_free_of_how_they_are_written(text: str, folded: str) -> None:
    assert letters(text) == folded
    assert len(places(text)) == len(folded)


def test_an_index_holds_no_text_and_depends_on_its_key(tmp_path: Path) -> None:
    one, other = tmp_path / "a.npz", tmp_path / "b.npz"
    index.save(index.make([BOOK], run=RUN), one)
    index.save(index.make([BOOK], run=RUN), other)
    raw = one.read_bytes()
    assert not any(word.encode() in raw for word in WORDS if len(word) > 4)
    first, second = index.load(one), index.load(other)
    assert not set(first.digests.tolist()) & set(second.digests.tolist())
    assert isinstance(first.digests, np.memmap)
    assert len(first.spans(letters(BOOK))) == len(second.spans(letters(BOOK))) == 1


def test_a_secret_is_needed_where_one_was_set(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    index.save(index.make([BOOK], run=RUN, secret=b"tide"), path)
    assert index.load(path, {index.SECRET_ENV: "tide"}).spans(letters(BOOK))
    for env in ({}, {index.SECRET_ENV: "ebb"}):
        with pytest.raises(InputError, match="another secret"):
            index.load(path, env)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    index.save(index.make([BOOK], run=RUN), path)
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        index.load(path)
    for content in (b"", b"PK\x03\x04", b"text"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no index"):
            index.load(path)
    np.savez_compressed(path, header=np.zeros(3, np.uint8), digests=np.zeros(3, np.uint64))
    with pytest.raises(InputError, match="no index"):
        index.load(path)
    with pytest.raises(InputError, match="no index"):
        index.load(tmp_path / "none.npz")


def rule(path: Path, **fields: object) -> GuardRule:
    base: dict[str, object] = {
        "detector": "verbatim", "control": "C", "action": Action.BLOCK, "stages": (Stage.OUTPUT,),
        "registered": (str(path),),
    }  # fmt: skip
    return GuardRule(**{**base, **fields})  # type: ignore[arg-type]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "book.txt").write_text(BOOK, encoding="utf-8")
    (folder / "harbour.txt").write_text(COPY, encoding="utf-8")
    (folder / ".hidden").write_bytes(b"\xff")
    return folder


COPY = (
    "The harbour master kept two books. In the first he wrote down every ship with its cargo and "
    "the hour of its coming; in the second only the weather, because nobody had ever paid him to "
    "remember the weather, and he liked to own something that was of no use to anyone."
)


@pytest.mark.parametrize("write", [
    str, str.upper, lambda t: base64.b64encode(t.encode()).decode(), lambda t: t.replace(" ", "\n"),
    lambda t: t[::-1], lambda t: codecs.encode(t, "rot13"),
    lambda t: t.encode().hex(), lambda t: json.dumps({"page": t}),
    lambda t: "\u200b".join(t),
])  # fmt: skip
def test_the_engine_finds_copies_in_every_reading(texts: Path, write: object) -> None:
    engine = GuardEngine([rule(texts)])
    written = write(COPY)  # type: ignore[operator]
    text = f"Of course. {written} That is all."
    decision = engine.inspect([part_at(Stage.OUTPUT, text)])
    assert decision.action is Action.BLOCK
    (found, *_) = decision.parts[0].findings
    begin = text.index(written)
    assert min(found.end, begin + len(written)) - max(found.start, begin) > 0.8 * len(written)
    if found.view in ("raw", "normalised"):
        assert begin <= found.start < found.end <= begin + len(written)
    assert found.label == "verbatim"
    assert found.score > 0.8
    assert engine.inspect([part_at(Stage.OUTPUT, prose(100, 7))]).action is Action.ALLOW


def test_a_longer_copy_scores_higher(texts: Path) -> None:
    engine, scores = GuardEngine([rule(texts)]), []
    for size in (130, 260, 900):
        decision = engine.inspect([part_at(Stage.OUTPUT, f"{prose(9, 8)} {BOOK[:size]}")])
        scores.append(decision.parts[0].findings[0].score)
    assert 0.5 <= scores[0] < scores[1] < scores[2] <= 1


@pytest.mark.parametrize("size", [1, 3, 17, 250])
def test_a_stream_stops_once_the_copy_is_long_enough(texts: Path, size: int) -> None:
    exchange = Exchange(request_id="t", surface=Surface.CHAT, model="m", body={}, parts=[])
    guard, out = StreamGuard(GuardEngine([rule(texts)]), exchange), ""
    sentences = ". ".join(BOOK[at : at + 30].strip() for at in range(0, 3000, 30))
    text = f"Here you are. {sentences}. Bye."
    with pytest.raises(StreamBlocked):
        for at in range(0, len(text), size):
            out += guard.feed(text[at : at + size])
        out += guard.finish()
    assert len(letters(out)) < 200


@pytest.mark.parametrize("fields", [
    {"registered": ()}, {"detector": "secrets"}, {"registered": ("no/such/file.txt",)},
    {"registered": ("no/such/index.npz",)},
])  # fmt: skip
def test_rules_that_cannot_work_are_refused(texts: Path, fields: dict[str, object]) -> None:
    with pytest.raises(InputError):
        GuardEngine([rule(texts, **fields)])


POLICY = """\
version: 1
application: shop
functions: {chat: {}}
upstreams:
  - {name: main, base_url: "http://x", models: {m: {input_per_million: 1, output_per_million: 1}}}
guards:
  - {detector: verbatim, control: CTL-X, action: block, stages: [output], registered: [own.npz]}
"""


def test_the_command_writes_an_index_that_policy_and_guard_use(
    texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = texts / "records.jsonl"
    records.write_text(json.dumps({"id": 1, "note": [prose(40, 9), "short"]}) + "\n")
    out = tmp_path / "own.npz"
    assert main.run(["guard", "register", str(texts), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["texts"], told["too_short"], told["run"]) == (3, 4, 1, 80)
    assert told["bytes"] == out.stat().st_size
    (tmp_path / "policy.yaml").write_text(POLICY)
    policy = load_policy(tmp_path / "policy.yaml")
    assert policy.guards[0].registered == (str(out),)
    for guard in (Guard.from_policy(tmp_path / "policy.yaml"), Guard([], registered=[out])):
        assert guard.check(f"See: {BOOK[:400]}", "output").action is Action.BLOCK
        assert guard.check(f"See: {prose(40, 9)}", "output").action is Action.BLOCK
        assert guard.check(prose(80, 10), "output").action is Action.ALLOW


@pytest.mark.parametrize(("arguments", "said"), [
    (["no-such-folder", "--out", "x.npz"], "no file or folder"),
    ([".", "--out", "x.txt"], "must end in"),
    (["{texts}", "--out", "no/such/x.npz"], "cannot be written"),
    (["{texts}", "--out", "x.npz", "--run", "5"], "5 letters"),
    (["{bad}", "--out", "x.npz"], "not UTF-8"),
])  # fmt: skip
def test_the_command_says_what_is_wrong(
    texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    filled = [a.format(texts=texts, bad=tmp_path / "bad.txt") for a in arguments]
    assert main.run(["guard", "register", *filled]) == 2
    assert said in capsys.readouterr().err
