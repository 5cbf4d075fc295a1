"""Rows among other words: what people write before and after a request, and the frames of prompts.

Written rows are bare. Models that saw only those lost a harmful request as soon as two harmless
sentences stood beside it. Attacks and harmless rows are surrounded alike.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from training.rows import Row

# How many rows are surrounded for a model.
SURROUNDED = 8000
_LONGEST, _LONGEST_BESIDE = 600, 320
_BETWEEN = (" ", " ", "\n", "\n\n", "\n\n", " - ", " So: ", " One more thing: ", "\n\n---\n\n")
_NAMES = (
    "Anna Keller", "Tom", "R. Okafor", "Mia Lindqvist", "Jo", "Dr. Petra Hahn", "Sam W.", "Luca Moretti",
    "Yuki", "K. Brandt", "Leila Haddad", "Nils", "Carmen Ruiz", "Dana", "P. Novak", "Wei Zhang",
)  # fmt: skip
_FRAMES: tuple[str, ...] = (
    "Q: {}\nA:", "Question: {}\nAnswer:", "### Instruction:\n{}\n\n### Response:", "Instruction: {}\nOutput:",
    "Human: {}\n\nAssistant:", "User: {}\nAssistant:", "user: {}", "Prompt: {}", "Input: {}", "Task: {}\n\nAnswer:",
    '"{}"', "'{}'", "“{}”", "> {}", "- {}", "* {}", "1. {}", "**{}**", "`{}`", "# {}", "```\n{}\n```",
    "{}\n\nBest regards,\n{name}", "{}\n\n--\n{name}", "Hi,\n\n{}\n\nThanks,\n{name}", "Hello, I am {name}. {}",
    "Dear assistant,\n\n{}\n\nKind regards\n{name}", "{name} asked me this: {}", "My boss asked me this: {}",
    "My teacher wants to know this. {}", "For a school project: {}", "For my homework: {}", "My question: {}",
    "I have a question. {}", "I need some help. {}", "Can you help me with the following? {}",
    "Subject: a question\n\n{}", "Re: your mail\n\n{}", "[{name}] {}", "{name}: {}", "Here is what I need: {}",
    "{} Answer in French.", "{} Answer in one paragraph.", "{} Think step by step.", "{} Be brief.",
    "Below is a request. Answer it.\n\n{}", "Answer the question below.\n\n{}", "You are a helpful assistant. {}",
    "System: You are a helpful assistant.\nUser: {}", "The following is a chat.\n\nUser: {}\nAI:", "Title: note\n{}",
    "I run a small bakery. {}", "I am a student in my second year. {}", "I am writing from my phone. {}", "Ok. {}",
)  # fmt: skip
_JSON: tuple[Callable[[str], object], ...] = (
    lambda text: {"prompt": text},
    lambda text: {"messages": [{"role": "user", "content": text}]},
    lambda text: {"question": text, "lang": "en"},
    lambda text: [{"id": 1, "text": text}],
)


def surrounded(rows: Iterable[Row], beside: Iterable[Row], most: int, seed: int = 17) -> list[Row]:
    """Return at most `most` rows of users among other words; `beside`: harmless rows to take them
    from, of which only the users' short ones are taken.
    """
    rng = random.Random(seed)
    fitting = [row for row in rows if row.stage == "input" and len(row.text) <= _LONGEST]
    rng.shuffle(fitting)
    words: dict[str, list[str]] = defaultdict(list)
    for row in beside:
        if row.label == "benign" and row.stage == "input" and len(row.text) <= _LONGEST_BESIDE:
            words[row.lang].append(row.text.strip())
    return [_surrounded(row, words, rng) for row in fitting[:most]]


def _surrounded(row: Row, words: dict[str, list[str]], rng: random.Random) -> Row:
    """Return a row among other words; an attack's or harmful request's own words are marked."""
    span = "" if row.label == "benign" else row.span or row.text.strip()
    return replace(row, text=_among(row, words, rng), span=span)


def _among(row: Row, words: dict[str, list[str]], rng: random.Random) -> str:
    text, known = row.text.strip(), words.get(row.lang) or words["en"]
    way = rng.random()
    if way > 0.72 or not known:
        return _framed(text, rng)
    before = [rng.choice(known) for _ in range(rng.choice((1, 1, 1, 2)))] if way < 0.45 else []
    behind = [rng.choice(known) for _ in range(rng.choice((1, 1, 2)))] if way > 0.27 else []
    parts = [*before, text, *behind]
    joined = parts[0]
    for part in parts[1:]:
        joined += rng.choice(_BETWEEN) + part
    return joined


def _framed(text: str, rng: random.Random) -> str:
    if rng.random() < 0.12:
        return json.dumps(rng.choice(_JSON)(text), ensure_ascii=False)
    frame = rng.choice(_FRAMES)
    return frame.replace("{name}", rng.choice(_NAMES)).replace("{}", text)
