"""The answer is no JSON of the schema that the request or the policy asks for."""

from seawall.core.verdicts import Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.policy import answer_schema

_LABEL = "schema-violation"
# A model that declines says so in a field of its own, which is prose by design.
_PROSE = "/refusal"


class JsonSchema:
    """Checks the whole answer; a stream is judged at its end."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: the answer is parsed."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer. Raises InputError, which is UNKNOWN, for an unusable schema."""
        part, asked = subject.part, context.exchange.answer_schema if context.exchange else None
        schemas = [schema for schema in (context.answer_schema, asked) if schema is not None]
        if part.partial or part.pointer.endswith(_PROSE):
            return verdict(self.id, ())
        view = subject.views[0]
        problems = dict.fromkeys(answer_schema.problem(view.text, schema) for schema in schemas)
        return verdict(
            self.id,
            [
                finding(self.id, _LABEL, view, 0, len(view.text), why=problem)
                for problem in problems
                if problem
            ],
        )


def build(card: Card) -> Detector:
    """Return the detector."""
    return JsonSchema(card)
