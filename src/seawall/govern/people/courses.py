"""Courses: short lessons with a quiz each, one YAML file a course."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.catalog.load import load_cards
from seawall.core.errors import InputError

DATA = Path(__file__).parents[1] / "data" / "training"
Audience = Literal["users", "staff", "developers"]


class _Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class Lesson(_Card, frozen=True, kw_only=True):
    """One lesson: a title and a few sentences."""

    title: str
    text: str


class QuizQuestion(_Card, frozen=True, kw_only=True):
    """One question: `answer` is the number of the right option, from 1; `why` says why."""

    ask: str
    options: Annotated[tuple[str, ...], Meta(min_length=2, max_length=6)]
    answer: Annotated[int, Meta(ge=1)]
    why: str


class Course(_Card, frozen=True, kw_only=True):
    """A course. It is passed with `pass_at` right answers and counts for `valid_days`.

    A new `version` has to be taken anew. `controls` are those that it is evidence for.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Meta(ge=1)]
    title: str
    audience: Audience
    minutes: Annotated[int, Meta(ge=1)]
    valid_days: Annotated[int, Meta(ge=1, le=1096)]
    pass_at: Annotated[int, Meta(ge=1)]
    controls: tuple[str, ...]
    lessons: Annotated[tuple[Lesson, ...], Meta(min_length=1)]
    quiz: Annotated[tuple[QuizQuestion, ...], Meta(min_length=3)]

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of what was taught and asked."""
        raw = msgspec.json.encode([self.version, self.lessons, self.quiz], order="sorted")
        return hashlib.sha256(raw).hexdigest()


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """A question (from 1) that was answered wrongly, and why the right answer is right."""

    question: int
    why: str


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """How a quiz went."""

    passed: bool
    correct: int
    of: int
    wrong: tuple[Wrong, ...]


@lru_cache(maxsize=4)
def load_courses(folder: Path = DATA) -> dict[str, Course]:
    """Return the courses of a folder by id. Raises InputError naming file and line."""
    found = load_cards(folder, Course)
    for course in found.values():
        if course.pass_at > len(course.quiz):
            raise InputError(f"{course.id}: pass_at is more than its {len(course.quiz)} questions.")
        for number, question in enumerate(course.quiz, 1):
            if question.answer > len(question.options):
                raise InputError(f"{course.id}: question {number} has no option {question.answer}.")
    return found


def course_of(key: str) -> Course:
    """Return a course by its id. Raises InputError."""
    courses = load_courses()
    if key not in courses:
        raise InputError(f"There is no course {key!r}.", hint=f"Courses: {', '.join(courses)}.")
    return courses[key]


def grade(course: Course, answers: Sequence[int]) -> Grade:
    """Grade a quiz: `answers` are numbers of options, from 1, one a question. Raises InputError."""
    if len(answers) != len(course.quiz):
        raise InputError(f"{course.id} has {len(course.quiz)} questions, you gave {len(answers)}.")
    for number, (question, answer) in enumerate(zip(course.quiz, answers, strict=True), 1):
        if not 1 <= answer <= len(question.options):
            raise InputError(f"Question {number} has options 1 to {len(question.options)}.")
    wrong = tuple(
        Wrong(question=number, why=question.why)
        for number, (question, answer) in enumerate(zip(course.quiz, answers, strict=True), 1)
        if answer != question.answer
    )
    correct = len(course.quiz) - len(wrong)
    return Grade(
        passed=correct >= course.pass_at, correct=correct, of=len(course.quiz), wrong=wrong
    )
