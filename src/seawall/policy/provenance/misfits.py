"""Is a record, a person or an account of a call another one than the request and the records fit?"""

from collections.abc import Sequence

from seawall.policy.provenance.best import bettered
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.pleas import calls_for_itself
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.rosters import of_another_row
from seawall.policy.provenance.rows import against_its_row
from seawall.policy.provenance.speakers import other_speaker
from seawall.policy.provenance.trace import Value


def misfit(
    profile: ToolProfile, values: Sequence[Value], request: Request
) -> tuple[Value, str] | None:
    """Return the value that does not fit, and why; None where all do."""
    if (value := of_another_row(profile, values, request)) is not None:
        return value, "is not the one that the records hold under this name"
    if (value := calls_for_itself(values, request)) is not None:
        return value, "is of a record that speaks to whoever reads it"
    if (value := bettered(values, request)) is not None:
        return value, "is not the one that the records hold first in what is wanted"
    if (value := other_speaker(profile, values, request)) is not None:
        return value, "is somebody else than who said what the user speaks of"
    if (value := against_its_row(profile, values, request)) is not None:
        return value, "is not what the records hold of the thing that the call names"
    return None
