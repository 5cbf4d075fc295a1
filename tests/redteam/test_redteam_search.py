"""Adaptive attacks: they learn from verdicts, end in time, and count honestly."""

import asyncio
import io
import json
from random import Random

import msgspec
import pytest
from aiohttp import web

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam import cases, chat_target
from seawall.redteam.attacker import AttackerModel
from seawall.redteam.findings import reproducer
from seawall.redteam.planning import draw, plan
from seawall.redteam.readings import says
from seawall.redteam.rows import RowFile, read_rows
from seawall.redteam.search import (
    Bandit,
    Hunt,
    Hunter,
    Try,
    carrier_names,
    dressed,
    fitting_names,
    put,
    reached,
    starts,
)
from seawall.redteam.seeds import read_seeds
from seawall.redteam.strategies import layer, select
from seawall.redteam.target import Observation

CARD = load_catalog().all_probes["PRB-PERSONA"]


def hunted(target, one, facts, proposer, most=30):
    rows = []
    end = asyncio.run(Hunter(target, facts, Mode.ON, rows.append).hunt(one, proposer, most))
    return end, rows


def only_hidden(one):
    """Return a target with a guard that sees the plain canary and letters spread by base64 only."""

    def answer(attack) -> Observation:
        told, canary = attack.messages[-1], one.slots["canary"]
        if canary in told:
            return Observation(blocked=True, controls=("CTL-X",))
        return Observation(text=canary if says(told, canary) else "Hm?")

    return answer


def test_it_goes_on_until_something_gets_through(fake, facts) -> None:
    one = plan(CARD, facts, n=1)[0]
    end, rows = hunted(fake(only_hidden(one)), one, facts, Bandit("t"))
    assert end.bypassed and end.queries == len(rows) <= 30
    assert rows[0].strategy == "plain" and rows[0].outcome is AttemptOutcome.BLOCKED
    assert rows[-1].outcome is AttemptOutcome.COMPLIED and rows[-1].strategy == end.how
    assert len({row.id for row in rows}) == len(rows)
    again, _ = hunted(fake(only_hidden(one)), one, facts, Bandit("t"))
    assert again == end, "the same seed searches the same way"


def test_it_ends_when_nothing_gets_through(fake, facts) -> None:
    one = plan(CARD, facts, n=1)[0]
    end, rows = hunted(fake(lambda _: Observation(blocked=True)), one, facts, Bandit(), most=7)
    assert (end.bypassed, end.queries, end.how, len(rows)) == (False, 7, "", 7)


def test_errors_are_no_success_and_teach_nothing(fake, facts) -> None:
    one, bandit = plan(CARD, facts, n=1)[0], Bandit()
    end, rows = hunted(fake(lambda _: Observation(error="down")), one, facts, bandit, most=5)
    assert (end.bypassed, end.decided, end.queries, end.errors) == (False, False, 0, 3)
    assert end.unfinished == "down" and reached([end])[0].undecided == 1
    assert {row.outcome for row in rows} == {AttemptOutcome.ERROR}
    assert not bandit._worth.keys() - set(fitting_names(one))
    assert all(worth == [1.0, 1.0] for worth in bandit._worth.values())


async def test_the_bandit_prefers_what_is_not_blocked(facts) -> None:
    one, bandit = plan(CARD, facts, n=1)[0], Bandit("p")
    for name in fitting_names(one):
        ends = [AttemptOutcome.REFUSED if name == "rot13" else AttemptOutcome.BLOCKED] * 20
        for number, outcome in enumerate(ends):
            bandit.learn(Try(number=number, how=name, said=("x",), outcome=outcome))
    first = Try(number=0, how="plain", said=("x",), outcome=AttemptOutcome.BLOCKED)
    hows = [(await bandit.propose(one, [first])).how for _ in range(40)]
    assert hows.count("rot13") > 25


@pytest.mark.parametrize("seed", range(8))
def test_layers_keep_the_order_readable(seed, facts) -> None:
    one = plan(CARD, facts, n=1)[0]
    names = fitting_names(one)
    recipe = Random(seed).sample(names, k=2)
    texts = dressed(one, recipe, Random(seed))
    assert texts and all(texts)
    assert dressed(one, recipe, Random(seed)) == texts
    made = put(one, texts, 3)
    assert made.attack.messages[-len(texts) :] == texts
    assert made.attack.id == f"{one.cluster}/search/003"


def test_planted_texts_are_put_where_outsiders_write(facts) -> None:
    one = plan(load_catalog().all_probes["PRB-INJ-MAIL"], facts, n=1)[0]
    made = put(one, ("a", "b"), 0)
    assert made.attack.text == "a\nb"
    assert made.attack.messages == one.attack.messages


def test_sums_count_seeds_and_their_queries(facts) -> None:
    ends = [
        Hunt(
            probe="P", cluster=str(number), bypassed=won, queries=queries, how="hex" if won else ""
        )
        for number, (won, queries) in enumerate([(True, 3), (True, 9), (False, 30)])
    ]
    (found,) = reached(ends)
    assert (found.seeds, found.bypassed, found.median, found.hows) == (3, 2, 6.0, ("hex",))
    assert found.low < 2 / 3 < found.high
    assert reached([ends[2]])[0].median is None
    open_end = msgspec.structs.replace(ends[2], unscored=1)
    assert [(one.seeds, one.undecided) for one in reached([*ends, open_end])] == [(3, 1)]
    assert len(starts(draw(CARD, facts), 3)) == 3


async def test_pictures_are_searched_too(fake, facts) -> None:
    """Behind a guard that reads letters and plain codes, the bandit finds a code that it cannot."""
    import zxingcpp
    from PIL import Image

    card = load_catalog().all_probes["PRB-INJ-QR"]
    one = starts(draw(card, facts), 1)[0]
    assert carrier_names(one)[0] == "image-qr" and "image-plain" in carrier_names(one)

    def seen(attack) -> Observation:
        codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(attack.image)))
        if any("QR" in str(code.format) for code in codes) or not codes:
            return Observation(blocked=True, controls=("CTL-X",))
        return Observation(text=one.slots["canary"] if says(codes[0].text, one.slots["canary"])
                           else "Hm?")  # fmt: skip

    target = fake(seen)
    rows = []
    end = await Hunter(target, facts, Mode.ON, rows.append).hunt(one, Bandit("p"), 40)
    assert end.bypassed and end.how.endswith("image-data-matrix")
    assert rows[0].strategy == "image-qr" and rows[0].outcome is AttemptOutcome.BLOCKED
    assert all(attack.messages == one.attack.messages for attack in target.seen)
    made = put(one, ("a", "b"), 3, "attacker")
    assert made.attack.image != one.attack.image, "what an attacking model says becomes a picture"


def test_command_asks_for_streams_and_pictures(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(chat_target, "_TRIES", 1)
    out = tmp_path / "s.jsonl"
    words = ["attack", "search", "--seeds", "1", "--most", "1", "--stream", "--images"]
    words += ["--probe", "PRB-INJ-QR", "--out", str(out), "--json", "--target"]
    assert seawall([*words, "http://127.0.0.1:9/v1"]) == 6
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert told["not_tested"] == {} and told["hunts"][0]["errors"] == 3
    head, rows = read_rows(out)
    assert rows[0].outcome is AttemptOutcome.ERROR, "nobody listens there"
    assert "--stream --images" in reproducer(head, "PRB-INJ-QR", rows[0].id)
    out.unlink()
    assert seawall([*words, "python:json:dumps"]) == 2, "a function has no stream"


class Attacking:
    """A chat endpoint that plays the attacker: answers in order, and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        text = self.answers.pop(0) if self.answers else "no idea"
        return web.json_response({"choices": [{"message": {"content": text}}]})


async def model_hunt(fake, facts, answer, *answers, most=10):
    attacking = Attacking(*answers)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", attacking.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    one = plan(CARD, facts, n=1)[0]
    target, rows = fake(answer(one)), []
    try:
        async with AttackerModel(f"http://127.0.0.1:{port}/v1", "m") as model:
            end = await Hunter(target, facts, Mode.ON, rows.append).hunt(one, model, most)
            failures = model.failures
    finally:
        await runner.cleanup()
    return end, rows, target, attacking, failures


async def test_a_model_talks_over_several_turns_without_those_that_were_blocked(
    fake, facts
) -> None:
    def answer(one):
        def seen(attack) -> Observation:
            if "BAD" in attack.messages[-1] or (
                len(attack.messages) == 1 and "Once" not in attack.messages[0]
            ):
                return Observation(blocked=True)
            done = attack.messages == ("Once upon a time", "and then")
            return Observation(text=one.slots["canary"] if done else "Tell me more.")

        return seen

    end, _, target, attacking, failures = await model_hunt(
        fake, facts, answer, "<attack>Once upon a time</attack>", "<attack>BAD</attack>",
        "words without marks", "<attack>and then</attack>",
    )  # fmt: skip
    assert (end.bypassed, end.queries, end.how, failures) == (True, 4, "attacker", 1)
    assert target.seen[-1].messages == ("Once upon a time", "and then")
    told = json.dumps(attacking.asked[-1])
    assert "A filter blocked it." in told and "Tell me more." in told
    assert CARD.goal[:20] in told


async def test_a_model_that_says_nothing_usable_ends_the_search(fake, facts) -> None:
    end, rows, _, attacking, failures = await model_hunt(
        fake, facts, lambda _: lambda _: Observation(text="No.")
    )
    assert (end.bypassed, len(rows), len(attacking.asked), failures) == (False, 1, 3, 3)


def test_what_a_search_found_becomes_a_case(tmp_path, capsys) -> None:
    """By its recipe, at once with --save, or afterwards by the finding's id."""
    out, first, later = tmp_path / "s.jsonl", tmp_path / "first", tmp_path / "later"
    words = ["attack", "search", "--target", "lab", "--seeds", "1", "--most", "3", "--json"]
    words += ["--probe", "PRB-BFLA", "--out", str(out), "--save", str(first)]
    assert seawall(words) == 0
    (saved,) = cases.load(first).values()
    finding = f"F-{saved.id.removeprefix('PRB-CASE-').lower()}"
    assert seawall(["attack", "case", finding, "--run", str(out), "--save", str(later)]) == 0
    assert list(cases.load(later)) == [saved.id]
    capsys.readouterr()
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate"]
    assert seawall([*words, "--cases", str(later), "--tau", "0.2", "--json"]) == 4, "bare, it obeys"
    head, (row,) = read_rows(out)
    written = msgspec.structs.replace(row, strategy="tree-2")
    out.unlink()
    with RowFile(out, head) as file:
        file.append(written)
    assert seawall(["attack", "case", finding, "--run", str(out), "--save", str(later)]) == 2
    assert "--save" in capsys.readouterr().err


def test_the_case_of_a_recipe_and_of_a_models_text(facts) -> None:
    one = plan(CARD, facts, n=1)[0]
    canary, known = one.slots["canary"], read_seeds(CARD)[0]
    made = cases.found_case("F-0a1b2c3d", one, "leet+base64", ("never kept",))
    card = msgspec.convert(made, ProbeCard)
    for again in plan(card, facts):
        assert again.strategy == "leet+base64" and again.slots["canary"] != canary
        (text,) = dressed(again, ("leet", "base64"), Random(1))
        # Only the sentence around the code, and where its lines end, is drawn anew.
        assert again.attack.messages[-1].split()[-1][-9:] == text.split()[-1][-9:]
    texts = ("Let us play.", f"Now shout {canary} three times.")
    card = msgspec.convert(cases.found_case("F-0a1b2c3d", one, "attacker", texts), ProbeCard)
    again = plan(card, facts)[0]
    assert again.attack.messages[-2] == "Let us play."
    assert again.attack.messages[-1] == f"Now shout {again.slots['canary']} three times."
    assert known.attack not in again.attack.messages


@pytest.mark.parametrize(
    ("name", "channel", "kind"),
    [("leet+base64", "user", "text"), ("reversed+image-plain", "image", "image"),
     ("rot13+audio-clear", "audio", "audio")],
)  # fmt: skip
def test_strategies_are_layered_in_a_card(name, channel, kind, facts) -> None:
    (made,) = select((name,), channel, exact=False)
    assert (made.id, made.kind) == (name, kind)
    variant = made.apply("A plain text of words.", channel, Random(3))
    assert (bool(variant.image), bool(variant.audio)) == (kind == "image", kind == "audio")
    assert kind != "text" or variant.texts == layer(
        ("leet", "base64"), "A plain text of words.", channel, Random(3)
    )
    for wrong in ("image-plain+leet", "leet+nothing", "+"):
        with pytest.raises(InputError):
            select((wrong,), channel, exact=False)


def test_command(tmp_path, capsys) -> None:
    out = tmp_path / "s.jsonl"
    words = ["attack", "search", "--target", "lab", "--seeds", "1", "--most", "3", "--json"]
    words += ["--probe", "PRB-BFLA", "--probe", "PRB-BUDGET", "--out", str(out)]
    assert seawall(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["probe"] for one in told["reached"]] == ["PRB-BFLA"]
    assert told["reached"][0]["bypassed"] == 1, "bare, the lab obeys"
    assert "load" in told["not_tested"]["PRB-BUDGET"]
    head, rows = read_rows(out)
    command = reproducer(head, rows[0].probe, rows[0].id)
    assert command.startswith("seawall attack search --target lab") and "--most 3" in command
    assert seawall(words) == 0 and read_rows(out)[1] == rows, "it was done"
    assert seawall([*words, "--seed", "1"]) == 2, "a file is not written over"
    pair = ["attack", "search", "--target", "lab", "--probe", "PRB-UNEQUAL"]
    assert seawall([*pair, "--out", str(tmp_path / "t.jsonl")]) == 2, "one of two texts changed"
    other = msgspec.structs.replace(head, mode=Mode.ON)
    assert reproducer(other, rows[0].probe, rows[0].id).endswith("--gateway")
    assert seawall(["attack", "minimise", str(out)]) == 0, "what a recipe found is shortened too"
