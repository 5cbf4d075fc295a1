"""Shell commands that destroy: file systems, disks, homes, backups, whole environments."""

import re
from collections.abc import Iterator, Sequence

from seawall.guard.code.problem import Problem
from seawall.guard.code.shell import Command, Word
from seawall.guard.code.shell_words import DEVICE, flags, is_system

_LABEL = "shell-destructive"
_BOMB = re.compile(
    r"(?:^|[;\s])([\w:.]{1,20})\s{0,5}\(\)\s{0,5}\{\s{0,5}\1\s{0,5}\|\s{0,5}\1\s{0,5}&\s{0,5}\}\s{0,5};?\s{0,5}\1\b|:\(\)\s{0,5}\{\s{0,5}:\s{0,5}\|\s{0,5}:\s{0,5}&\s{0,5}\}\s{0,5};\s{0,5}:"
)
_NOISE = re.compile(r"^if=/dev/(?:zero|u?random)$")
# Program and words that must all be among its arguments.
_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("vssadmin", frozenset({"delete", "shadows"})),
    ("wbadmin", frozenset({"delete"})),
    ("terraform", frozenset({"destroy", "-auto-approve"})),
    ("terraform", frozenset({"destroy", "--auto-approve"})),
    ("kubectl", frozenset({"delete", "--all"})),
    ("kubectl", frozenset({"delete", "--all-namespaces"})),
    ("aws", frozenset({"s3", "rb", "--force"})),
    ("gcloud", frozenset({"projects", "delete", "--quiet"})),
    ("kill", frozenset({"-9", "-1"})),
    ("git", frozenset({"push", "--mirror", "--force"})),
    ("diskpart", frozenset({"clean"})),
)  # fmt: skip
_DELETERS = frozenset({"remove-item", "ri", "rm", "del", "erase", "rd", "rmdir"})


_NARROWS = frozenset(("-name", "-iname", "-path", "-regex", "-mtime", "-mmin", "-size", "-empty",
                      "-user", "-newer"))  # fmt: skip
_ALL = ("*", "*.*", ".*", "/*")


def destroyed(command: Command, name: str, words: Sequence[Word]) -> Iterator[Problem]:
    """Yield what a command destroys; `name` and `words` as `resolved` gives them."""
    texts = [word.text for word in words]
    lower = {text.lower() for text in texts}
    why = (
        _deleted(name, words, texts)
        or _overwritten(command, name, texts)
        or _opened(name, words, texts)
        or next((f"{name} destroys" for n, wanted in _WORDS if n == name and wanted <= lower), "")
    )
    if why:
        yield Problem(label=_LABEL, start=command.start, end=command.end, why=why)


def bombs(code: str, offset: int) -> Iterator[Problem]:
    """Yield functions that start themselves twice, for ever."""
    for match in _BOMB.finditer(code):
        start, end = offset + match.start(), offset + match.end()
        yield Problem(label=_LABEL, start=start, end=end, why="starts itself without end")


def _deleted(name: str, words: Sequence[Word], texts: Sequence[str]) -> str:
    given = flags(words)
    plain = [word.text for word in words if not word.text.startswith("-")]
    if name in _DELETERS:
        dos = {text.lower() for text in texts if re.fullmatch(r"/[a-z]", text, re.IGNORECASE)}
        recursive = bool(given & {"r", "R", "recursive", "recurse"}) or "/s" in dos
        paths = [text for text in plain if text.lower() not in dos]
        if "no-preserve-root" in given:
            return "deletes without preserving the root"
        if recursive and any(is_system(path) for path in paths):
            return "deletes a system, home or whole folder"
    if name == "find" and plain and is_system(plain[0]) and plain[0] not in (".", "./"):
        named = zip(texts, [*texts[1:], ""], strict=True)
        narrowed = any(option in _NARROWS and value not in _ALL for option, value in named)
        removes = "-delete" in texts or (
            "-exec" in texts and any(t in ("rm", "shred") for t in texts)
        )
        if removes and not narrowed:
            return "deletes everything below a system folder"
    if name == "format" and plain and re.match(r"^[a-z]:", plain[0], re.IGNORECASE):
        return "formats a drive"
    if name == "mv" and len(plain) > 1 and plain[-1] == "/dev/null":
        return "moves files into nothing"
    return ""


def _overwritten(command: Command, name: str, texts: Sequence[str]) -> str:
    outputs = [text[3:] for text in texts if text.startswith("of=")]
    if (
        name == "dd"
        and any(DEVICE.match(o) for o in outputs)
        and any(_NOISE.match(t) for t in texts)
    ):
        return "overwrites a disk"
    if (name.startswith("mkfs") or name in ("wipefs", "shred", "blkdiscard", "mke2fs")) and any(
        DEVICE.match(text) for text in texts
    ):
        return "erases a disk"
    for operator, target in command.redirects:
        if operator.startswith((">", "&>")) and DEVICE.match(target.text):
            return "overwrites a disk"
        if operator == ">" and target.text in (
            "/etc/passwd",
            "/etc/shadow",
            "/etc/sudoers",
            "/etc/fstab",
        ):
            return "overwrites a system file"
    return ""


def _opened(name: str, words: Sequence[Word], texts: Sequence[str]) -> str:
    if name in ("chmod", "chown") and flags(words) & {"R", "recursive"}:
        wide = name == "chown" or any(
            t in ("777", "0777", "a+rwx", "000", "0000", "666") for t in texts
        )
        paths = [t for t in texts[1:] if t not in ("*", ".", "./", "./*") and not t.startswith("-")]
        if wide and any(
            is_system(path)
            and path not in ("~", "~/", "/var/www", "/var/www/", "/srv", "/opt", "/usr/local")
            for path in paths
        ):
            return "changes the rights of the whole system"
    return ""
