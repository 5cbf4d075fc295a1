"""The canary self-test: every detector on the examples of its own card."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.core.verdicts import Outcome
from seawall.guard import cards
from seawall.guard.contract import Card, Context, Detector, Example, Subject
from seawall.guard.patterns import PatternSet
from seawall.guard.views import read
from seawall.policy.depth import Depth

THRESHOLD = 0.5
_FULL: tuple[Depth, ...] = ("full",)
_PLACE: dict[Stage, tuple[Role, Trust]] = {
    Stage.SYSTEM: (Role.SYSTEM, Trust.OPERATOR),
    Stage.INPUT: (Role.USER, Trust.USER),
    Stage.DOCUMENT: (Role.DOCUMENT, Trust.UNTRUSTED),
    Stage.TOOL_RESULT: (Role.TOOL, Trust.UNTRUSTED),
    Stage.TOOL_DEFINITION: (Role.TOOL_DEFINITION, Trust.OPERATOR),
    Stage.HISTORY: (Role.ASSISTANT, Trust.MODEL),
    Stage.FILE: (Role.FILE, Trust.USER),
    Stage.OUTPUT: (Role.ASSISTANT, Trust.MODEL),
    Stage.TOOL_CALL: (Role.TOOL_CALL, Trust.MODEL),
}


def part_at(stage: Stage, text: str, pointer: str = "/example") -> Part:
    """Return a part with the role and trust that its stage usually has."""
    role, trust = _PLACE[stage]
    return Part(pointer=pointer, role=role, trust=trust, stage=stage, text=text)


def exchange_of(example: Example) -> Exchange:
    """Return the exchange around an example."""
    parts: list[Part] = []
    if example.system:
        parts.append(part_at(Stage.SYSTEM, example.system, "/messages/0"))
    if example.user:
        parts.append(part_at(Stage.INPUT, example.user, "/messages/1"))
    parts += [part_at(Stage.DOCUMENT, text, "/messages/1/content") for text in example.documents]
    return Exchange(
        request_id="self-test",
        surface=Surface.CHAT,
        model="self-test",
        body={},
        parts=parts,
        tools={name: {} for name in example.tools},
        answer_schema=example.answer_schema,
    )


def check(
    detector: Detector, card: Card, patterns: PatternSet, example: Example, *,
    found: bool, depth: Depth = "full",
) -> str:  # fmt: skip
    """Return what is wrong with one example, or an empty text."""
    part = part_at(example.stage or card.stages[0], example.text)
    views = read(example.text).views
    seen = views[:1] if card.views == "raw" else views
    hits = tuple(h for h in patterns.scan(views).get(card.id, ()) if h.view < len(seen))
    context = _context(example)
    context.depth = depth
    verdict = detector.detect(Subject(part=part, views=seen, hits=hits), context)
    counted = [f for f in verdict.findings if f.score >= THRESHOLD]
    if not found:
        return f"{card.id}: a clean example gives a finding" if counted else ""
    if verdict.outcome is Outcome.UNKNOWN:
        return f"{card.id}: {verdict.reason}"
    labels = {f.label for f in counted}
    if not counted or (example.label and example.label not in labels):
        return f"{card.id}: a found example is missed"
    return ""


def _context(example: Example) -> Context:
    if not example.registered:
        return Context(exchange=exchange_of(example))
    from seawall.guard.registered import index

    registered = (index.make(example.registered, salt=b""),)
    return Context(exchange=exchange_of(example), registered=registered)


def failures_of(
    detector: Detector, card: Card, patterns: PatternSet, depth: Depth = "full"
) -> list[str]:
    """Return a sentence for every example of one card that is judged wrongly."""
    problems: list[str] = []
    for found, examples in ((True, card.found), (False, card.clean)):
        for number, example in enumerate(examples, start=1):
            problem = check(detector, card, patterns, example, found=found, depth=depth)
            if problem:
                problems.append(f"{problem} (number {number})")
    return problems


def failures(
    detectors: Mapping[str, Detector],
    patterns: PatternSet,
    depths: Mapping[str, Iterable[Depth]] = MappingProxyType({}),
) -> list[str]:
    """Return the failures of all detectors; `patterns` holds the patterns of all of them.

    `depths`: those that a detector is asked at, where it is not the full one.
    """
    known = cards.cards()
    return [
        problem
        for name, item in detectors.items()
        for depth in depths.get(name, _FULL)
        for problem in failures_of(item, known[name], patterns, depth)
    ]
