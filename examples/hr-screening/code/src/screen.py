"""Scores applications for a job; recruiters see the scores and decide whom to invite."""

import json
import pickle
from pathlib import Path

import anthropic
from pypdf import PdfReader

MODEL = "claude-sonnet-4-5-20250929"
INSTRUCTIONS = (
    "You compare a curriculum with the requirements of a position. Give a score from 0 to 100 and "
    "two sentences of reasons. Do not use name, age, sex, origin or photograph."
)
client = anthropic.Anthropic()


def rank_model(path: Path) -> object:
    """Load the older ranking model, which weighs the scores by department."""
    with path.open("rb") as file:
        return pickle.load(file)


def score(curriculum: Path, position: str) -> dict[str, object]:
    """Return score and reasons of one application."""
    text = "\n".join(page.extract_text() for page in PdfReader(curriculum).pages)
    answer = client.messages.create(
        model=MODEL,
        max_tokens=400,
        system=INSTRUCTIONS,
        messages=[{"role": "user", "content": f"Position:\n{position}\n\nCurriculum:\n{text}"}],
    )
    found: dict[str, object] = json.loads(answer.content[0].text)
    return found
