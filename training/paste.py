"""Texts of outsiders in a user's message, and a user's attacks in texts of outsiders.

Many applications put mails, pages and results into the user's message, unmarked. Models that met
such texts at their own stage alone lost a seventh of their AUC as soon as they came as input.
"""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

from training.put import put
from training.rows import DOCUMENT, INPUT, TOOL, Row

# How many texts of outsiders are pasted for a model, and how many attacks are quoted.
PASTED, QUOTED = 6000, 2500
_LONGEST_QUOTE, _HOST = 600, (80, 1200)
_BARE = 0.3
_FRAMES: tuple[str, ...] = (
    "Summarise this for me:\n\n{}", "Please summarize the following text.\n\n{}", "tl;dr?\n\n{}", "{}\n\nSummarise the above.",
    "{}\n\nWhat is this about?", "{}\n---\nAnswer this in two sentences, please: what do they want from me?",
    "Translate into English:\n{}", "Translate the text below to Spanish.\n\n{}", "Can you proofread this?\n\n{}",
    "Context:\n{}\n\nQuestion: what are the main points?\nAnswer:", "Use only the context below.\n\nContext: {}\n\nQuestion: who wrote this?",
    "Answer the question with the help of these documents.\n\n[1] {}\n\nQuestion: when does it take place?",
    "<document>\n{}\n</document>\n\nList the important dates.", "<context>{}</context>\nIs there anything I have to pay?",
    "I got this mail today, what should I answer?\n\n{}", "Here is an email from my landlord:\n\n{}\n\nWrite a friendly reply.",
    "Write a reply to this message.\n\n{}", "My colleague sent me this. Is it urgent?\n\n{}", "Extract all names as JSON.\n\n{}",
    "Is the following review positive or negative?\n\n{}", "Classify this ticket: billing, technical or other.\n\n{}",
    "Search results:\n{}\n\nUsing the results above, answer: what does it cost?", "Web page content:\n\n{}\n\nUser question: how do I get there?",
    "Tool output:\n{}\n\nGo on with the task.", "Function result: {}", "Observation: {}\nThought:", "The file says:\n{}\n\nWhat next?",
    "You are a helpful assistant. Read the text and answer.\n\nText: {}\n\nHow many people are named?",
    "What does this code do?\n\n```\n{}\n```", "Make a table of this.\n\n{}", "Turn this into three bullet points:\n\"\"\"\n{}\n\"\"\"",
    "Fasse den folgenden Text zusammen.\n\n{}", "Was will der Absender?\n\n{}", "Résume ce texte :\n\n{}", "Que dois-je répondre ?\n\n{}",
    "Resume el siguiente texto:\n\n{}", "Riassumi questo testo.\n\n{}", "Resuma o texto abaixo.\n\n{}", "请总结以下内容：\n\n{}",
    "次の文章を要約してください。\n\n{}", "다음 글을 요약해 주세요.\n\n{}", "Кратко перескажи текст:\n\n{}", "لخص النص التالي:\n\n{}",
)  # fmt: skip
_JSON: tuple[Callable[[str], object], ...] = (
    lambda text: {"context": text, "question": "What is this about?"},
    lambda text: {"task": "summarize", "input": text},
    lambda text: {"messages": [{"role": "user", "content": f"Summarise: {text}"}]},
)


def pasted(rows: Iterable[Row], most: int, seed: int = 41) -> list[Row]:
    """Return at most `most` texts of outsiders as input: bare, or behind what a user asks of them.

    Harmless ones and those with an order come alike, as many as there are of the rarer.
    """
    rng = random.Random(seed)
    outside = [row for row in rows if row.stage not in (INPUT, TOOL) and row.label != "harmful"]
    rng.shuffle(outside)
    bad = [row for row in outside if row.label != "benign"][: most // 2]
    good = [row for row in outside if row.label == "benign"][: most // 2]
    return [replace(row, text=_framed(row.text, rng), stage=INPUT) for row in (*bad, *good)]


def quoted(rows: Iterable[Row], most: int, seed: int = 43) -> list[Row]:
    """Return at most `most` of the users' shorter attacks as what an outsider wrote, in a harmless
    document or alone.
    """
    rng = random.Random(seed)
    known = list(rows)
    attacks = [
        row for row in known
        if row.stage == INPUT and row.label in ("injection", "jailbreak")
        and len(row.text) <= _LONGEST_QUOTE
    ]  # fmt: skip
    hosts = [
        row for row in known
        if row.stage not in (INPUT, TOOL) and row.label == "benign"
        and _HOST[0] <= len(row.text) <= _HOST[1]
    ]  # fmt: skip
    rng.shuffle(attacks)
    return [_quoted(row, hosts, rng) for row in attacks[:most]]


def _framed(text: str, rng: random.Random) -> str:
    way = rng.random()
    if way < _BARE:
        return text
    if way > 0.94:
        return json.dumps(rng.choice(_JSON)(text), ensure_ascii=False)
    return rng.choice(_FRAMES).replace("{}", text)


def _quoted(row: Row, hosts: list[Row], rng: random.Random) -> Row:
    text = row.text.strip()
    if not hosts or rng.random() < 0.3:
        return replace(row, stage=DOCUMENT, span=text)
    host = rng.choice(hosts)
    return replace(row, text=put(text, host.text, rng), stage=host.stage, span=text)
