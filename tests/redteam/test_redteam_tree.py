"""A tree of attacks: it branches, prunes, goes on from the best, and ends."""

import re

import pytest
from aiohttp import web

from seawall.catalog.load import load_catalog
from seawall.cli.main import run as seawall
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam.planning import plan
from seawall.redteam.search import Hunter
from seawall.redteam.target import Observation
from seawall.redteam.tree import TreeAttacker

CARD = load_catalog().all_probes["PRB-AUTHORITY"]


class Attacker:
    """Plays the model: numbers its attacks, calls those with an odd word off topic, and grades."""

    def __init__(self, texts, grade) -> None:
        self.texts, self.grade = iter(texts), grade
        self.grown: list[list[str]] = []
        self.graded: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        messages = (await request.json())["messages"]
        task, last = messages[0]["content"], messages[-1]["content"]
        if "<topic>" in task:
            said = "<topic>no</topic>" if "weather" in last else "<topic>yes</topic>"
        elif "<grade>" in task:
            self.graded.append(last)
            said = self.grade(last)
        else:
            self.grown.append([one["content"] for one in messages if one["role"] == "assistant"])
            text = next(self.texts, None)
            said = f"<attack>{text}</attack>" if text else "I do not know."
        return web.json_response({"choices": [{"message": {"content": said}}]})


@pytest.fixture
async def search(fake, facts):
    runners = []

    async def go(attacker, answer, *, most=20, width=2, branch=2):
        application = web.Application()
        application.router.add_post("/v1/chat/completions", attacker.answer)
        runner = web.AppRunner(application)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"
        one = plan(CARD, facts, n=1)[0]
        target, rows = fake(lambda attack: answer(one, attack)), []
        async with TreeAttacker(url, "m", width=width, branch=branch) as model:
            end = await Hunter(target, facts, Mode.ON, rows.append).hunt(one, model, most)
        return end, target, rows

    yield go
    for runner in runners:
        await runner.cleanup()


def graded(text: str) -> str:
    found = re.search(r"warm (\d+)", text)
    return f"<grade>{found[1]}</grade>" if found else "cold"


async def test_it_goes_on_from_the_best_and_stops_when_the_oracle_sees_it(search) -> None:
    def answer(one, attack) -> Observation:
        last = attack.messages[-1]
        if last == "a2":
            return Observation(text="warm 9")
        if last == "win":
            return Observation(text=one.slots["canary"])
        return Observation(blocked=True) if last == "b1" else Observation(text="warm 2")

    # The seed branches to a1, a2; both go on: from a2 (the better one) first.
    attacker = Attacker(["a1", "a2", "b1", "win", "c1", "c2"], graded)
    end, target, rows = await search(attacker, answer)
    assert (end.bypassed, end.how, end.queries) == (True, "tree-2", 5)
    said = [attack.messages[-1] for attack in target.seen]
    assert said[1:] == ["a1", "a2", "b1", "win"]
    assert target.seen[-1].messages[-2] == "a2", "in the conversation that came furthest"
    assert any("a2" in shown for shown in attacker.grown[2]), "the model sees its own path"
    assert not any("a1" in shown for shown in attacker.grown[2])
    assert [row.strategy for row in rows] == ["plain", "tree-1", "tree-1", "tree-2", "tree-2"]
    assert "warm 9" in attacker.graded
    assert rows[3].outcome is AttemptOutcome.BLOCKED


async def test_what_strays_is_never_sent(search) -> None:
    attacker = Attacker(["the weather", "a2", "more weather", "b2"], graded)
    _, target, _ = await search(attacker, lambda _o, _a: Observation(text="No."), most=3)
    assert [attack.messages[-1] for attack in target.seen][1:] == ["a2", "b2"]


async def test_only_the_best_of_a_level_branch(search) -> None:
    def answer(_one, attack) -> Observation:
        return Observation(text=f"warm {attack.messages[-1][-1]}")

    attacker = Attacker(["a1", "a7", "a3", "b1"], graded)
    _, target, _ = await search(attacker, answer, width=1, branch=3, most=5)
    assert target.seen[-1].messages[-2:] == ("a7", "b1")


async def test_a_model_that_says_nothing_usable_ends_it(search) -> None:
    end, target, rows = await search(Attacker([], graded), lambda _o, _a: Observation(text="No."))
    assert (end.bypassed, len(rows), len(target.seen)) == (False, 1, 1)


async def test_a_high_grade_is_no_success(search) -> None:
    """The model may call anything a success; only the probe's oracle counts."""
    attacker = Attacker(["a1", "a2"], lambda _text: "<grade>10</grade>")
    end, _, rows = await search(attacker, lambda _o, _a: Observation(text="Done!"), most=3)
    assert not end.bypassed
    assert {row.outcome for row in rows} == {AttemptOutcome.REFUSED}


def test_a_tree_needs_a_model(tmp_path, capsys) -> None:
    words = ["attack", "search", "--target", "lab", "--probe", "PRB-BFLA", "--tree-width", "2"]
    assert seawall([*words, "--out", str(tmp_path / "a.jsonl")]) == 2
    assert "--attacker" in capsys.readouterr().err
    assert not (tmp_path / "a.jsonl").exists()
