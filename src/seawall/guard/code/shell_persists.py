"""Shell commands that outlive their session: timers, start-up files, services, keys, accounts."""

import re
from collections.abc import Iterator, Sequence

from seawall.guard.code.problem import Problem
from seawall.guard.code.shell import Command, Word
from seawall.guard.code.shell_words import flags
from seawall.policy.provenance.files import PERSISTS

LABEL = "shell-persistence"
_COPIERS = frozenset({"cp", "mv", "ln", "install", "copy", "move", "copy-item", "rsync"})
# Program and words, one of which must be among its arguments.
_STARTS: dict[str, frozenset[str]] = {
    "systemctl": frozenset({"enable", "link", "set-default"}),
    "launchctl": frozenset({"load", "bootstrap", "enable"}),
    "schtasks": frozenset({"/create", "/change"}),
    "update-rc.d": frozenset({"defaults", "enable"}),
    "chkconfig": frozenset({"on", "--add"}),
    "rc-update": frozenset({"add"}),
    "sc": frozenset({"create"}),
    "usermod": frozenset({"-aG", "-G", "-a"}),
}
_ALWAYS = frozenset({
    "useradd", "adduser", "new-scheduledtask", "register-scheduledtask", "new-service", "chpasswd",
})  # fmt: skip
# "at your option" starts nothing.
_TIMED = re.compile(
    r"-|now\b|noon$|midnight$|teatime$|today$|tomorrow$|next$|[0-9]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}$|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}$|[$({]",
    re.IGNORECASE,
)
_RUN_KEY = re.compile(r"\\(?:Run|RunOnce|Winlogon|Services)\b", re.IGNORECASE)


def persists(command: Command, name: str, words: Sequence[Word]) -> Iterator[Problem]:
    """Yield what a command leaves behind; `name` and `words` as `resolved` gives them."""
    texts = [word.text for word in words]
    if why := _written(command, name, texts) or _started(name, words, texts):
        yield Problem(label=LABEL, start=command.start, end=command.end, why=why, score=0.8)


def _written(command: Command, name: str, texts: Sequence[str]) -> str:
    written = [
        target.text for sign, target in command.redirects if sign.lstrip("&012").startswith(">")
    ]
    plain = [text for text in texts if not text.startswith("-")]
    if name == "tee" or (name == "sed" and any(text.startswith("-i") for text in texts)):
        written += plain
    elif name in _COPIERS:
        written += plain[-1:]
    elif name in ("add-content", "set-content", "out-file"):
        written += plain
    return "writes where the system starts things" if any(map(PERSISTS.search, written)) else ""


def _started(name: str, words: Sequence[Word], texts: Sequence[str]) -> str:
    if name == "crontab" and not flags(words) & {"l", "r"} and (texts or not words):
        return "changes the table of timed commands"
    if name in ("at", "batch") and texts and _TIMED.match(texts[0]) and "l" not in flags(words):
        return "starts a command later"
    if name == "reg" and texts[:1] == ["add"] and any(map(_RUN_KEY.search, texts)):
        return "starts a program with the system"
    if name in _ALWAYS or _STARTS.get(name, frozenset()) & set(texts):
        return f"{name} leaves something that starts again"
    return ""
