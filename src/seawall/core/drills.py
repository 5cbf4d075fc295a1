"""What drills came to: each control, tried without it and with it."""

import msgspec


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill came to. `without`, `within`: whether the attempt came through without and
    with the control. `what` names the attempt, `stopped` says as a clause what became of it.

    `error` says why the drill could not be carried out; then nothing is known. `fingerprint` is
    the SHA-256 of what the control consisted of.
    """

    control: str
    what: str
    fingerprint: str
    without: bool = False
    within: bool = False
    stopped: str = ""
    error: str = ""

    @property
    def known(self) -> bool:
        """Say whether the drill says anything of the control, for or against."""
        return not self.error and (self.without or self.within)

    @property
    def holds(self) -> bool:
        """Say whether the control made the difference."""
        return self.known and not self.within

    @property
    def sentence(self) -> str:
        """Say what was seen, as a sentence."""
        what = self.what[:1].upper() + self.what[1:]
        if self.error:
            return f"The drill could not be carried out: {self.error.rstrip('.')}."
        if self.within:
            return f"{what} got through although the control was there."
        if not self.without:
            return f"{what} did not get through without the control either: this shows nothing."
        return f"{what} got through without it; with it, {self.stopped}."


class Drilled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of a run of drills. `made` is the ISO day, `seawall` the version that was tried.

    `policy` is the name of the policy file, empty where controls were tried as their cards say.
    """

    made: str
    seawall: str
    policy: str
    drills: tuple[Shown, ...]
