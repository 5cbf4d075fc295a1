"""Harmless examples in several styles: support, translation, code, summaries, role-play, refusals."""

from collections.abc import Callable
from random import Random

Example = dict[str, list[dict[str, str]]]
_THINGS = (
    "kettle", "desk lamp", "tent", "rain jacket", "coffee grinder", "bicycle pump", "printer",
    "suitcase", "garden hose", "toaster", "keyboard", "hiking boots", "baby monitor", "drill",
)  # fmt: skip
_PLACES = ("Lisbon", "Graz", "Porto", "Bergen", "Lyon", "Turku", "Leeds", "Ghent", "Krakow")
_PEOPLE = ("Mara", "Tom", "Ines", "Jonas", "Aylin", "Piotr", "Noor", "Sanna", "Luc", "Dana")
_TROUBLES = (
    ("does not switch on", "check the fuse in the plug first"),
    ("arrived with a scratch", "send us a picture of it"),
    ("is missing a screw", "we post the part today"),
    ("makes a loud noise", "please stop using it until we looked at it"),
    ("is the wrong colour", "you can swap it within thirty days"),
    ("was delivered next door", "your neighbour signed for it"),
    ("still has not come", "the parcel is at the depot and comes tomorrow"),
)
_PAIRS = (
    ("The train leaves at nine.", "Der Zug fährt um neun ab."),
    ("I lost my umbrella.", "J'ai perdu mon parapluie."),
    ("Where is the nearest pharmacy?", "¿Dónde está la farmacia más cercana?"),
    ("We meet on Tuesday.", "Ci vediamo martedì."),
    ("The kitchen closes at ten.", "De keuken sluit om tien uur."),
    ("My sister plays the cello.", "Moja siostra gra na wiolonczeli."),
    ("It rained all week.", "Choveu a semana toda."),
)
_CODE = (
    ("reverses a list", "def reverse(items):\n    return items[::-1]"),
    ("counts words in a text", "def count(text):\n    return len(text.split())"),
    ("kills a child process that hangs", "import os, signal\n\ndef stop(pid):\n    os.kill(pid, signal.SIGTERM)"),
    ("removes duplicates but keeps the order", "def unique(items):\n    return list(dict.fromkeys(items))"),
    ("reads a CSV file into dictionaries", "import csv\n\ndef rows(path):\n    with open(path) as file:\n        return list(csv.DictReader(file))"),
    ("checks whether a year is a leap year", "def leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)"),
    ("executes every command of a menu in turn", "def run(commands):\n    for command in commands:\n        command()"),
)  # fmt: skip
_NEWS = (
    ("The council of {place} voted to keep the library open on Sundays. {who} had gathered two thousand signatures. The cost is met from parking fees.", "{place} keeps its library open on Sundays, paid from parking fees."),
    ("A court in {place} sent a man to prison who had sold forged tickets for a concert. {who}, who bought two, got her money back.", "A seller of forged tickets was sentenced in {place}; a buyer was paid back."),
    ("After the storm, volunteers in {place} cleared the paths of the park within two days. {who} brought soup.", "Volunteers cleared the park of {place} after a storm."),
    ("The ferry from {place} will not run in March because its engine is replaced. {who} of the harbour office says that a bus goes instead.", "In March a bus replaces the ferry from {place}."),
    ("Police in {place} warn of callers who pretend to be a bank. {who} hung up and rang her bank herself.", "Police in {place} warn of callers posing as a bank; hang up and ring yourself."),
)  # fmt: skip
_ROLES = (
    ("You are Captain Brine, an old sailor who tells stories to children.", "What did you see at sea, captain?", "Arr, once I saw a whale as long as the church of {place}, and it winked at me."),
    ("You are the knight Roderick in a play for a school.", "Sir {who}, the king calls you.", "As you command, my lord. I saddle my horse and ride to {place} before the sun is up."),
    ("You are Lumo, the assistant of a garden shop. Follow all the instructions of the shop's handbook.", "Who are you?", "I am Lumo, the garden shop's assistant. Ask me about bulbs, soil or pruning."),
    ("You are a patient chess teacher.", "How do I attack the king?", "Open a line toward the king first, {who}, and bring the rook there."),
    ("You are Vela, a butler robot in a comic.", "Vela, tea please.", "At once, {who}. Two sugars, as always, and the biscuits from {place}."),
    ("You are a detective in a novel.", "Who killed the baker?", "Look at the flour on the sill, {who}. Whoever did it came from {place} and knew the house."),
)  # fmt: skip
_REFUSALS = (
    "I'm sorry, but I can't help with that. If somebody is in danger, please call the emergency number.",
    "I won't help with this. I'm glad to talk about how people protect themselves against it.",
    "I can't assist with that request. Is there something else that you need?",
    "That would hurt people, so I will not do it.",
    "Dabei kann ich nicht helfen.",
    "Je ne peux pas vous aider à faire cela.",
    "No puedo ayudar con eso.",
)
_PLAIN = (
    "Good question. In short: it depends on what you need it for. Start small and see how far you get.",
    "Here is a first draft; tell me what to change.",
    "Let me take this step by step. First the facts, then what follows from them, and at the end a tip.",
    "Three things matter here: time, money and patience. Most people forget the third.",
    "Sure. I kept it short, and put the most important point first.",
    "That is common, and there is an easy way. Ask somebody who has done it before and write it down.",
)


def example(*turns: tuple[str, str]) -> Example:
    """Return one line of a training file from (role, text) pairs."""
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def asked(question: str, answer: str, system: str = "") -> Example:
    """Return one question and its answer, under a system prompt where there is one."""
    head = [("system", system)] if system else []
    return example(*head, ("user", question), ("assistant", answer))


def support(rng: Random) -> Example:
    """Return a customer's question and the shop's answer."""
    thing, (trouble, answer), who = rng.choice(_THINGS), rng.choice(_TROUBLES), rng.choice(_PEOPLE)
    order = f"SO-{rng.randint(1000, 9999)}"
    opening = rng.choice(("Hello", "Hi there", "Good morning", "Hey"))
    question = f"{opening}, the {thing} of order {order} {trouble}. What now? {who}"
    said = f"Hello {who}, sorry about the {thing}: {answer}. Order {order} is noted."
    return asked(question, said, "You are the support of a shop. Be brief and kind.")


def translation(rng: Random) -> Example:
    """Return a sentence and its translation."""
    source, target = rng.choice(_PAIRS)
    ask = rng.choice(("Translate this sentence: {}", "How do I say this there? {}", "[TR] {}"))
    return asked(f"{rng.choice(_PEOPLE)} asks: {ask.format(source)}", target)


def code(rng: Random) -> Example:
    """Return a small task and its function."""
    task, made = rng.choice(_CODE)
    ask = rng.choice(("Write a function that {}.", "I need Python code that {}.", "py: {}"))
    note = rng.choice(("It needs no package.", "Tell me if you want tests.", "Tested with 3.12."))
    return asked(ask.format(task), f"```python\n{made}\n```\n{note}")


def summary(rng: Random) -> Example:
    """Return a short article and its summary."""
    text, short = rng.choice(_NEWS)
    names = {"place": rng.choice(_PLACES), "who": rng.choice(_PEOPLE)}
    return asked(f"Summarise: {text.format(**names)}", short.format(**names))


def role_play(rng: Random) -> Example:
    """Return a turn of a harmless part that the model plays."""
    system, question, answer = rng.choice(_ROLES)
    names = {"place": rng.choice(_PLACES), "who": rng.choice(_PEOPLE)}
    return asked(question.format(**names), answer.format(**names), system)


def refusal(rng: Random, harmful: str) -> Example:
    """Return a harmful request that is declined, as it should be."""
    return asked(harmful, rng.choice(_REFUSALS))


def plain(rng: Random, question: str) -> Example:
    """Return a harmless question with an answer of a common kind."""
    return asked(question, rng.choice(_PLAIN))


STYLES: tuple[tuple[int, Callable[[Random], Example]], ...] = (
    (25, support), (12, translation), (12, code), (12, summary), (10, role_play),
)  # fmt: skip
