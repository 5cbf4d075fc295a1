"""Whether a run of a text is broken, by the rule alone and without its short cuts."""

from seawall.guard.reading import broken
from seawall.guard.reading.gates import Signs


def foreign_of(shown: Signs) -> list[str]:
    """Return the letters that no broken run has."""
    return list(filter(broken._foreign, shown.others))


def some_run_is_broken(text: str, shown: Signs) -> bool:
    """Say whether the rule finds a broken run when every run is looked at."""
    foreign = foreign_of(shown)
    runs = [
        broken.words_in(run)
        for run in broken._RUN.findall(text)
        if not any(map(run.__contains__, foreign))
    ]
    return any(
        broken._broken(run, [i for i, word in enumerate(run) if word in shown.unknown])
        for run in runs
    )
