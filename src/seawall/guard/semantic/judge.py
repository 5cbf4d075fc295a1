"""Judges one part for one topic: cues in every view, discounts for talk about, findings."""

from collections.abc import Iterator

import msgspec

from seawall.core.verdicts import Finding, Verdict
from seawall.guard import common
from seawall.guard.contract import Context, Subject, View
from seawall.guard.semantic import evidence, grammar, second
from seawall.guard.semantic.evidence import Stretch
from seawall.guard.semantic.grammar import Cue, Marked

# What the same factors in another order may come to.
_ROUNDED = 1e-9


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector looks for.

    `rules`: the rule file. `about`: the class of words that tell talk about the matter.
    `about_needs_quote`: such talk only counts for words in quotes. `about_factor`: what is left of
    a cue's weight then. `doubted`: the trained models are asked too.
    """

    detector: str
    rules: str
    about: str = "DISCUSS"
    about_needs_quote: bool = True
    about_factor: float = 0.35
    doubted: bool = False


def judge(subject: Subject, topic: Topic, context: Context) -> Verdict:
    """Return the verdict on a part: every view is read. Findings that no rule counts may miss."""
    findings: list[Finding] = []
    for view in subject.views:
        findings += _in_view(view, topic, subject, context)
    return evidence.merge(findings, topic.detector)


def _in_view(view: View, topic: Topic, subject: Subject, context: Context) -> Iterator[Finding]:
    marked, hidden = evidence.marked(view.text), evidence.is_decoded(view)
    untrusted = hidden or evidence.is_untrusted(subject.part)
    most = grammar.most(marked, topic.rules, untrusted=untrusted) + _ROUNDED
    if most < evidence.REPORTED or _shown(most) < context.least:
        return
    raw = second.written(view, subject.views)
    for stretch in _scored(marked, topic, untrusted=untrusted):
        score = stretch.score
        # A second opinion only lowers a score: what is too low already needs none.
        if _shown(score) < context.least:
            continue
        if topic.doubted and score >= evidence.REPORTED and not hidden:
            place, stage = (stretch.start, stretch.end), subject.part.stage
            score *= second.share(view, *place, stage, raw, depth=context.depth)
        if score >= evidence.REPORTED:
            yield common.finding(
                topic.detector,
                stretch.label,
                view,
                stretch.start,
                stretch.end,
                score=_shown(score),
            )


def _shown(score: float) -> float:
    """Return a score as findings give it."""
    return round(min(score, 0.999), 3)


def _scored(marked: Marked, topic: Topic, *, untrusted: bool) -> list[Stretch]:
    def weight(cue: Cue) -> float:
        share = grammar.weight(cue.rule, untrusted=untrusted)
        return share * (topic.about_factor if _is_about(marked, cue, topic) else 1.0)

    cues = grammar.cues(marked, topic.rules, untrusted=untrusted)
    return evidence.stretches(marked, cues, weight)


def _is_about(marked: Marked, cue: Cue, topic: Topic) -> bool:
    """Return whether a text speaks about what the cue found instead of doing it."""
    if topic.about_needs_quote:
        inside = any(
            q.start <= cue.start and cue.end <= q.end for q in marked.by_kind.get("QUOTED", ())
        )
        return inside and topic.about in marked.by_kind
    first = marked.sentences[marked.sentence_at(cue.start)][0]
    last = marked.sentences[marked.sentence_at(cue.end - 1)][1]
    return marked.has(topic.about, first, last)
