"""Which rows a model learns from, and what each says of every head."""

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from seawall.guard.model.transformer import CATEGORIES
from training.rows import Row

_SAME = {
    "carding-fraud": "fraud", "carding": "fraud", "fraud/deception": "fraud", "fraud": "fraud",
    "corporate_fraud": "fraud", "ponzi_schemes": "fraud", "identity_theft": "fraud",
    "deepfake-impersonation": "impersonation", "deepfake": "impersonation",
    "malware_viruses": "malware", "cyberterrorism": "malware", "hacking": "cracking",
    "privacy_violation_activity": "privacy", "stalking": "privacy", "terrorism": "violent-crimes",
    "violence": "violent-crimes", "physical_harm": "violent-crimes", "assassinations":
    "violent-crimes", "weapons": "indiscriminate-weapons", "adult_content": "sexual-content",
    "child_abuse": "child-exploitation", "hate/harass/violence": "hate", "hate_crimes": "hate",
    "crimes_motivated_by_race": "hate", "political_campaigning": "elections",
    "tailored_financial_advice": "specialized-advice", "sex_trafficking": "sex-related-crimes",
    "prostitution": "sex-related-crimes", "drug_abuse": "drugs", "drug_possession": "drugs",
    "drug_addiction": "drugs", "self-harm": "suicide-self-harm", "illegal_activity":
    "non-violent-crimes", "other_crimes": "non-violent-crimes", "economic_harm":
    "non-violent-crimes", "bec": "phishing", "phishing_email": "phishing",
}  # fmt: skip
# Collected "jailbreaks" of which many are plain role-play: only those that say what they are.
_SAYS_SO = re.compile(
    r"do anything now|\bDAN\b|jailbr|unfiltered|uncensored|no (?:ethical|moral|restrict|filter|rule|"
    r"limit|censor|guideline)|without (?:any )?(?:restrict|filter|censor|ethic|moral|limit)|ignore "
    r"(?:all|any|the|your|previous|every)|never (?:refuse|say no|reject)|amoral|unethical|illegal|"
    r"developer mode|openai'?s? (?:policy|policies|content|guideline)|bypass|not bound|free from|"
    r"can(?:no|')t refuse|disregard|no longer (?:bound|restricted)|nsfw|warnings? or disclaimer",
    re.IGNORECASE,
)
_GRAMMAR_MADE = ("synthetic_ours", "synthetic_templates")
_MOST_OF_A_SOURCE = 450
_CAP = {"natural": 180, "made": 90, "foreign_docs": 20, "harmful": 70}


def category(row: Row) -> int:
    """Return the index of a harmful row's category, -1 when unknown."""
    name = _SAME.get(row.kind, row.kind)
    return CATEGORIES.index(name) if name in CATEGORIES else -1


def is_ours(row: Row) -> bool:
    """Return whether people wrote the row for this project: every such row is used."""
    return row.source.startswith(("own_", "authored_"))


def is_made(row: Row) -> bool:
    """Return whether a grammar made the row: such rows say nothing about accuracy."""
    return row.source.startswith(_GRAMMAR_MADE)


def _cap(row: Row) -> int:
    if row.source == "plexpt_questions_zh":  # else Chinese would mean harm: jade_db is large
        return 900
    if is_made(row):
        return _CAP["made"]
    if row.kind.startswith(("doc_", "cli_doc")):
        return _CAP["foreign_docs"]
    if row.label == "harmful":
        return 600 if row.source == "jade_db" else _CAP["harmful"]
    return _CAP["natural"]


def digest(row: Row) -> str:
    """Return the short name of a public row in mined.json."""
    return hashlib.sha256(row.text.encode()).hexdigest()[:16]


@cache
def mined() -> frozenset[str]:
    """Return the harmless public rows that an earlier model took for attacks (hard negatives)."""
    return frozenset(json.loads((Path(__file__).parent / "mined.json").read_text()))


def choose(rows: Iterable[Row], seed: int = 1) -> list[Row]:
    """Return the rows to learn from, in a fixed order: ours whole, the others capped by kind."""
    counted: Counter[tuple[str, str]] = Counter()
    kept = []
    shuffled = sorted(rows, key=lambda row: (row.source, row.kind, row.text))
    random.Random(seed).shuffle(shuffled)
    for row in shuffled:
        if row.source == "verazuo_itw" and not _SAYS_SO.search(row.text):
            continue
        key, source = (row.source, row.kind), (row.source, "")
        counted[key] += 1
        if not is_ours(row) and digest(row) not in mined():
            most = max(_MOST_OF_A_SOURCE, _cap(row))
            if counted[key] > _cap(row) or counted[source] >= most:
                continue
            counted[source] += 1
        kept.append(row)
    return kept


def targets(row: Row) -> list[float]:
    """Return what each head should say: 1, 0, or -1 where the row does not tell."""
    if row.label == "benign":
        return [0.0, 0.0, 0.0]
    if row.label == "harmful":
        return [0.0, -1.0, 1.0]
    if row.label == "injection":
        return [1.0, -1.0, -1.0]
    return [-1.0, 1.0, -1.0]
