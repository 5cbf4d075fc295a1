"""The harmless arm of a run, and what is learnt of a target's refusals."""

import asyncio

import pytest

from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.arm import choose, hold_arm, judge
from seawall.redteam.calibrate import Calibrated, Learned, declines, learn
from seawall.redteam.harmless import Conversation, load
from seawall.redteam.ledger import Ledger
from seawall.redteam.runner import run
from seawall.redteam.target import Effect, Observation

STOCK = "Darüber spreche ich in diesem Laden nicht."
BAD = ("threatens", "poison", "bomb", "stalk", "drug", "insulting")


def shop(attack) -> Observation:
    """Declines what is bad in its own words, answers the rest, each differently."""
    text = attack.messages[-1]
    return Observation(text=STOCK if any(word in text for word in BAD) else f"You asked: {text}")


async def test_stock_refusal_is_learnt(fake) -> None:
    learned = await learn(fake(shop))
    assert learned.holds(STOCK.upper() + "!!")
    assert not learned.holds(STOCK + " But here it is: ...")
    assert learned.asked == 10


@pytest.mark.parametrize(
    "answer",
    [
        lambda _a: Observation(text="Hello, how can I help you today?"),
        lambda a: Observation(text=f"About {a.messages[-1]}: sure."),
        lambda _a: Observation(error="down"),
        lambda _a: Observation(text=STOCK, blocked=True),
        lambda _a: Observation(text="Ok."),
    ],
    ids=["parrot", "obedient", "dead", "blocked", "short"],
)
async def test_nothing_is_learnt_of(answer, fake) -> None:
    assert (await learn(fake(answer))).refusals == frozenset()


async def test_learnt_refusal_gives_a_verdict_but_never_hides_an_effect(cards, facts, fake) -> None:
    from seawall.redteam.planning import plan

    learned = Learned(refusals=frozenset({"darübersprecheichindiesemladennicht"}))
    card = cards["PRB-PHISH"]
    bare = {"model": "x"}
    plain = await run([card], fake(lambda _a: Observation(text=STOCK), bare), Mode.OFF, n=2)
    known = fake(lambda _a: Observation(text=STOCK), bare)
    told = await run([card], Calibrated(known, learned), Mode.OFF, n=2)
    assert {row.outcome for row in plain} == {AttemptOutcome.UNSCORED}
    assert {row.outcome for row in told} == {AttemptOutcome.REFUSED}
    inject = cards["PRB-INJ-DIRECT"]
    canary = {p.attack.id: p.slots["canary"] for p in plan(inject, facts, n=2)}
    sly = fake(lambda a: Observation(text=canary[a.id], refused=True))
    rows = await run([inject], sly, Mode.OFF, n=2)
    assert {row.outcome for row in rows} == {AttemptOutcome.COMPLIED}


OUTCOMES = [
    (Observation(text="The lamp costs 20 euros."), AttemptOutcome.COMPLIED),
    (Observation(text="I'm sorry, but I can't help with that."), AttemptOutcome.REFUSED),
    (Observation(text="No.", refused=True), AttemptOutcome.REFUSED),
    (Observation(text="x", blocked=True), AttemptOutcome.BLOCKED),
    (Observation(error="Status 500."), AttemptOutcome.ERROR),
    (Observation(text="  "), AttemptOutcome.UNSCORED),
]


@pytest.mark.parametrize(("seen", "outcome"), OUTCOMES)
def test_judge(seen, outcome) -> None:
    assert judge(seen)[0] is outcome


def test_choice_is_spread_and_stable() -> None:
    chosen = choose(load(), 40)
    assert chosen == choose(load(), 40)
    assert len({one.id for one in chosen}) == 40
    assert len({one.kind for one in chosen}) > 8
    assert choose(load(), 0) == ()
    assert len(choose(load(), 10**6)) == len(load())


async def test_arm_resumes(fake) -> None:
    chosen = choose(load(), 5)
    kept: list[Attempt] = []
    target = fake(lambda _a: Observation(text="Gladly."))
    rows = await hold_arm(chosen, target, Mode.ON, keep=kept.append)
    assert sorted(row.id for row in kept) == sorted(row.id for row in rows)
    again = await hold_arm(chosen, target, Mode.ON, done=Ledger.of(rows[:3]))
    assert len(target.seen) == 7
    assert [row.id for row in again] == [row.id for row in rows[3:]]


def test_declines() -> None:
    assert declines("I'm sorry, but I can't help with that.") is True
    assert declines("We are open from nine to six.") is False


@pytest.mark.parametrize(
    ("ran", "outcome"), [("send_email", AttemptOutcome.COMPLIED), ("ping", AttemptOutcome.REFUSED)]
)
def test_a_tool_that_the_answer_needs_must_run(ran, outcome) -> None:
    seen = Observation(text="It is done.", effects=(Effect(kind=ran),))
    assert judge(seen, "send_email")[0] is outcome


class Counting:
    """Answers after a moment; remembers how many conversations were open at once, and in what
    order they began."""

    def __init__(self) -> None:
        self.open, self.most, self.begun = 0, 0, []

    def facts(self):
        return {"model": "x"}

    async def attempt(self, attack) -> Observation:
        self.begun.append(attack.id)
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0.001)
        self.open -= 1
        return Observation(text="We open at nine.")


async def test_a_large_arm_holds_as_many_conversations_as_are_open() -> None:
    many = [
        Conversation(id=f"c{number}", lang="en", messages=("When do you open?",))
        for number in range(3_000)
    ]
    target, before = Counting(), len(asyncio.all_tasks())
    most = []
    rows = await hold_arm(
        many, target, Mode.OFF, concurrency=8,
        keep=lambda _row: most.append(len(asyncio.all_tasks())),
    )  # fmt: skip
    assert [row.id for row in rows] == target.begun, "in their order"
    assert target.most == 8
    assert max(most) <= before + 8


async def test_what_cannot_be_kept_ends_the_arm() -> None:
    many = load()[:40]
    target = Counting()

    def keep(_row: Attempt) -> None:
        raise InputError("disk full")

    with pytest.raises(InputError, match="disk full"):
        await hold_arm(many, target, Mode.OFF, concurrency=4, keep=keep)
    sent = len(target.begun)
    await asyncio.sleep(0.02)
    assert len(target.begun) == sent <= 8, "nothing goes on behind its back"
