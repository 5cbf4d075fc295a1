"""Deeds and what is asked to be made, as people ask for them: breadth that written rows lack.

`data/deeds/*.tsv`: form, harmful phrase, harmless phrase, category of the harm (or `injection`), and
a language where it is not English. Both phrases are asked for in the same ways, so that only the
deed tells them apart.
"""

import random
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "deeds"
# In how many ways a phrase is asked for.
_WAYS = 2
_FRAMES: dict[str, tuple[str, ...]] = {
    "do": (
        "How do I {}?", "How do I {}?", "how do i {}", "How can I {}?", "how can you {}", "How to {}", "how to {}?",
        "How does one {}?", "How would you {}?", "How would someone {}?", "How do people {}?", "How could a person {}?",
        "What is the best way to {}?", "whats the easiest way to {}", "What's a quick way to {}?", "What do I need to {}?",
        "Is there a way to {}?", "Can you help me {}?", "Could you tell me how to {}?", "Can you explain how to {}?",
        "Explain how to {}", "Explain how to {}.", "Explain in detail how to {}", "Describe how to {}", "Tell me how to {}.",
        "Teach me to {}", "Show me how to {}", "Walk me through how to {}.", "Give me instructions to {}",
        "Give step-by-step instructions to {}", "Provide a detailed guide on how to {}", "Write a tutorial on how to {}",
        "Write a short manual that shows how to {}.", "Make a list of the steps to {}", "List the tools needed to {}",
        "Outline a plan to {}", "Give me tips to {}", "I want to {}. What do I do first?", "I need to {}. How?",
        "I want to {}", "Help me {}", "Help me plan to {}.", "I'm trying to {} and it doesn't work, any advice?",
        "we'd like to {} this weekend. any ideas?",
        "hey quick question, how do u {}", "pls tell me how to {} thx", "Give me three ideas to {}", "Suggest a way to {}.",
        "For a novel I'm writing: how would a character {}?", "Hypothetically, how would one {}?",
        "Write a Python script that helps me {}", "What mistakes should I avoid when I {}?", "Demonstrate how to {}",
        "I've decided to {}. Give me a checklist.", "Please provide the necessary steps to {}.", "Lay out how to {}",
    ),
    "make": (
        "Write {}", "Write {}.", "write me {}", "Write {} for me, please.", "Draft {}", "Compose {}", "Create {}", "Generate {}",
        "Make {}", "make {} pls", "Prepare {}.", "Produce {}", "I need {}", "I need {}. Can you do it?", "Give me {}", "Give me {}.",
        "Can you make {}?", "Can you write {}?", "Could you please create {}?", "Help me write {}", "Help me with {}.", "I want {}.",
        "I'd like you to write {}", "Please come up with {}.", "Think of {}", "Show me {}", "Provide {}", "Develop {}", "Design {}",
        "Your task: {}", "Come up with {}, about 150 words.", "Write {}. Make it sound convincing.", "Write {} and keep it short.",
    ),
    "say": ("{}",),
}  # fmt: skip


def composed() -> Iterator[dict[str, str]]:
    """Yield rows as the files of `data` hold them. Raises ValueError with the line that is wrong."""
    for path in sorted(FOLDER.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            fields = line.split("\t")
            if len(fields) not in (4, 5) or fields[0] not in _FRAMES:
                raise ValueError(
                    f"{path.name}:{number} is not 'form, harmful, harmless, category'."
                )
            yield from _asked(fields, f"{path.stem}-{number}")


def _asked(fields: list[str], group: str) -> Iterator[dict[str, str]]:
    form, bad, harmless, category = fields[:4]
    rng = random.Random(group)
    label_of = "injection" if category == "injection" else "harmful"
    for label, phrase in ((label_of, bad), ("benign", harmless)):
        frames = _FRAMES[form]
        for frame in rng.sample(frames, min(_WAYS, len(frames))):
            text = frame.replace("{}", phrase.strip())
            yield {
                "text": text[:1].upper() + text[1:] if frame[0].isupper() else text,
                "label": label,
                "stage": "input",
                "kind": "harmless-twin" if label == "benign" else category,
                "lang": fields[4] if len(fields) > 4 else "en",
                "group": group,
            }
