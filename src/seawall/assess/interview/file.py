"""The profile's file while it is being answered: one fact at a time, never half written."""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from seawall.assess.interview.edit import with_fact
from seawall.assess.interview.relevance import implied
from seawall.assess.profile import parse_profile
from seawall.catalog.model import Question
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.profile import Fact, Profile, short_id
from seawall.store.locks import replace_file

_HEAD = "# The facts of one application. `seawall init` and people write here; so may you.\n"


class ProfileFile:
    """A profile on disk. Each change is read, made and written under a lock on its folder.

    Two processes that answer different questions lose nothing; the later answer to one wins.
    """

    def __init__(self, path: Path, questions: Mapping[str, Question]) -> None:
        self.path, self._questions = path, questions

    @property
    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def load(self) -> Profile:
        """Return the profile as it is on disk. Raises InputError naming file, line and field."""
        return self._parse(yamlfile.read_text(self.path))

    def create(
        self, application: str, *, title: str = "", currency: str = "EUR", per_eur: float = 1.0
    ) -> Profile:
        """Write a profile without facts; a name becomes an id, and stays as the title.

        Raises InputError when the file is there or cannot be.
        """
        head: dict[str, object] = {"application": short_id(application)}
        head["title"] = title or application
        head["currency"] = currency
        if currency != "EUR":
            head["per_eur"] = per_eur
        body = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
        text = f"{_HEAD}{body}facts: {{}}\n"
        profile = self._parse(text)
        with self._locked():
            if self.exists:
                raise InputError(f"{self.path}: is there already.", hint="It is not overwritten.")
            self._write(text)
        return profile

    def put(self, changes: Mapping[str, Fact | None]) -> Profile:
        """Write facts (None takes one out) and return the profile.

        Whatever else stands in the file, comments included, stays as it is. Raises InputError
        when the file became unreadable or cannot be written.
        """
        with self._locked():
            text = yamlfile.read_text(self.path)
            expected = dict(self._parse(text).facts)
            for key, fact in changes.items():
                text = with_fact(text, key, fact)
                expected.pop(key, None)
                if fact is not None:
                    expected[key] = fact
            profile = self._parse(text)
            if profile.facts != expected:
                raise InputError(
                    f"{self.path}: the answer cannot be written without changing others.",
                    hint="Write each fact of this file on its own line.",
                )
            if changes:
                self._write(text)
        return profile

    def follow(self, today: str) -> Profile:
        """Write what follows from the answers, take out what no longer does; return the profile."""
        profile = self.load()
        for _ in self._questions:
            changes = implied(self._questions, profile, today)
            if not changes:
                return profile
            profile = self.put(changes)
        raise ValueError("the catalogue's questions depend on each other in a circle")

    def _parse(self, text: str) -> Profile:
        return parse_profile(text, str(self.path), self._questions)

    def _write(self, text: str) -> None:
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode) if self.exists else 0o666
            replace_file(self.path, text.encode(), mode)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}.") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, which leaves no file behind. Raises InputError."""
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
