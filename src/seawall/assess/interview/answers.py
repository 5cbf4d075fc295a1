"""A file of answers: the same as answering in the terminal, in one step."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from seawall.assess.profile import SourceText, near, read_fact
from seawall.catalog.model import Question
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.profile import Fact

HEAD = ("application", "title", "currency", "per_eur")
SKIP = "skip"


class Answers(NamedTuple):
    """What a file answers: facts by key, and what it says about the application itself."""

    facts: dict[str, Fact]
    head: dict[str, Any]


def read_answers(
    path: Path, questions: Mapping[str, Question], *, today: str, owner: str
) -> Answers:
    """Read a YAML file that maps facts or question ids to answers; `skip` leaves one open.

    `facts` may hold them, so that a profile is a file of answers too. An answer without source,
    date or owner gets the file's name, today and `owner`. Raises InputError with file and line.
    """
    text = yamlfile.read_text(path)
    raw = yamlfile.parse(text, str(path))
    if not isinstance(raw, dict):
        raise InputError(
            f"{path}:1: answers are a mapping of facts, or of question ids, to answers.",
            hint="For example `Q21: yes`. `seawall init --list` shows every question.",
        )
    file = SourceText(text, str(path))
    given = [([key], key, entry) for key, entry in raw.items() if key not in (*HEAD, "facts")]
    nested = raw.get("facts") or {}
    if not isinstance(nested, dict):
        raise file.error(["facts"], "must map facts to answers")
    given += [(["facts", key], key, entry) for key, entry in nested.items()]
    by_id = {question.id: question for question in questions.values()}
    by_id |= {key.replace("Q0", "Q"): question for key, question in by_id.items()}
    facts: dict[str, Fact] = {}
    for where, key, entry in given:
        question = questions.get(str(key)) or by_id.get(str(key))
        if question is None:
            close = near(str(key), [*questions, *by_id])
            raise file.error(
                where,
                f"no question of the catalogue asks this{close}",
                "`seawall init --list` shows every question with its fact.",
            )
        if question.fact in facts:
            raise file.error(where, f"{question.id} ({question.fact}) is answered twice")
        if entry == SKIP:
            continue
        fact = read_fact(file, where, entry, question)
        facts[question.fact] = msgspec.structs.replace(
            fact,
            source=fact.source or path.name,
            date=fact.date or today,
            owner=fact.owner or owner,
        )
    return Answers(facts, {key: raw[key] for key in HEAD if key in raw})
