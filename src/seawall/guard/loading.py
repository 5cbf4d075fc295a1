"""What the enabled detectors need is loaded with the guard: no text waits for it."""

from collections.abc import Collection, Mapping

from seawall.guard import views
from seawall.guard.contract import Detector, Learnt, Prepared
from seawall.policy.depth import Depth


def load(
    detectors: Mapping[str, Detector], depths: Mapping[str, Collection[Depth]], *, full: bool
) -> None:
    """Read models, tables and code, once for the process.

    `depths`: those that each detector is asked at; `full`: some detector asks the transformer.
    Raises MissingPartError, InputError, IntegrityError.
    """
    for name, detector in detectors.items():
        if isinstance(detector, Learnt):
            for depth in depths.get(name, ()):
                detector.load(depth)
    if full:
        from seawall.guard.model import classifier  # it brings numpy

        classifier.load()
    # A model brings NumPy.
    views.prepare(numbers=any(isinstance(one, Learnt) for one in detectors.values()))
    for name, detector in detectors.items():
        if isinstance(detector, Prepared):
            detector.prepare(depths.get(name, ()))
