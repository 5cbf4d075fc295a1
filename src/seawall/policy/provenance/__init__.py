"""Where the values of a tool call come from, and what follows from it."""

from seawall.policy.provenance.judge import Judgement, Provenance
from seawall.policy.provenance.trace import Trace
from seawall.policy.provenance.trusted import from_trusted

__all__ = ["Judgement", "Provenance", "Trace", "from_trusted"]
