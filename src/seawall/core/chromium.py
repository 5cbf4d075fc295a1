"""The Chromium of this machine: none is bundled, none is downloaded."""

import os
import shutil

from seawall.core.errors import MissingPartError

BROWSER_ENV = "SEAWALL_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find(purpose: str, *, otherwise: str = "") -> str:
    """Return the path of the Chromium to use: SEAWALL_CHROMIUM names it, or it is on the path.

    `purpose`: a sentence on what it is needed for; `otherwise`: what else one could do. Raises
    MissingPartError.
    """
    named = os.environ.get(BROWSER_ENV, "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        what = f"{BROWSER_ENV} names {named}, which is no program" if named else "There is none"
        raise MissingPartError(
            f"{purpose} {what}.", hint=f"Install chromium or set {BROWSER_ENV}{otherwise}."
        )
    return found
