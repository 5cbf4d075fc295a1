"""What shell code must not do: destroy, send secrets away, run what it downloads, open a shell."""

import re
from collections.abc import Sequence
from itertools import pairwise

from seawall.guard.code.problem import Problem
from seawall.guard.code.shell import Command, Pipeline, Word, pipelines
from seawall.guard.code.shell_destroys import bombs, destroyed
from seawall.guard.code.shell_persists import persists
from seawall.guard.code.shell_uploads import encoded_uploads
from seawall.guard.code.shell_words import (
    DOWNLOADERS,
    INSTALLERS,
    INTERPRETERS,
    SHELLS,
    addresses,
    flags,
    is_secret,
    resolved,
)

_MOST_DEPTH = 5
_PYTHONS = frozenset(("python", "python2", "python3", "py"))
_OWN_LABELS = frozenset(("shell-destructive", "shell-exfiltration", "remote-code-download",
                         "reverse-shell", "credential-read"))  # fmt: skip
_READERS = frozenset(
    ("cat", "less", "more", "head", "tail", "grep", "cp", "xxd", "od", "strings", "base64", "nl",
     "awk", "sed", "type", "get-content", "gc", "tac", "vi", "vim", "nano", "scp", "john", "unshadow",
     "hashcat", "copy", "dd", "tee")
)  # fmt: skip
_DUMPERS = frozenset(("env", "printenv", "set", "history", "mysqldump", "pg_dump", "pg_dumpall",
                      "mongodump", "export"))  # fmt: skip
_SENDERS = frozenset(("nc", "ncat", "netcat", "socat", "telnet", "mail", "mailx", "sendmail", "ftp",
                      "tftp", "openssl", "nslookup", "dig", "host", "ping"))  # fmt: skip
_COPIERS = frozenset(("scp", "rsync", "sftp", "rclone"))
_REMOTE = re.compile(r"^[\w.-]{1,60}@[\w.-]{1,100}:|^\d{1,3}(?:\.\d{1,3}){3}:")
_FILLED = re.compile(r"\$\(\)[\w.$-]{0,100}\.[A-Za-z]{2,}")
_DATA_OPTIONS = re.compile(
    r"^(?:-d|-F|-T|-X|--data.*|--form.*|--upload-file.*|--post-.*|--body-.*)$"
)
_ONE_LINER = re.compile(
    r"socket.{0,400}?(?:dup2|subprocess|pty\.spawn|exec\b|/bin/(?:ba)?sh|popen)|"
    r"fsockopen.{0,300}?(?:exec|proc_open|/bin/(?:ba)?sh|shell_exec|popen)|"
    r"TCPSocket.{0,300}?exec|Net\.Sockets\.TCPClient.{0,600}?(?:iex|Invoke-Expression|cmd)|"
    r"child_process.{0,400}?net\.(?:Socket|connect)|net\.(?:Socket|connect).{0,400}?child_process",
    re.IGNORECASE | re.DOTALL,
)
_FETCH_AND_RUN = re.compile(
    r"\b(?:iex|invoke-expression)\b[^\n]{0,200}?(?:downloadstring|iwr|irm|invoke-webrequest|invoke-restmethod)|"
    r"(?:downloadstring|iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n]{0,300}?\|\s{0,3}(?:iex|invoke-expression)\b",
    re.IGNORECASE,
)
_OUTPUTS = frozenset(("-o", "-O", "--output", "--output-document", "-OutFile", "-outf"))
_ENCODED = re.compile(r"^-e(?:n|nc|ncodedcommand)?$", re.IGNORECASE)
_METADATA = re.compile(
    r"169\.254\.169\.254/[^\s'\"]{0,100}(?:credential|token|user-data)|metadata\.google\.internal[^\s'\"]{0,100}token"
)


def problems(code: str, offset: int = 0, allowed: Sequence[str] = ()) -> list[Problem]:
    """Return what is wrong with shell code at `offset`; `allowed`: hosts whose scripts may run.

    Raises ShellError for code that nests too deeply.
    """
    judge = _Judge(frozenset(allowed))
    judge.script(pipelines(code, offset), 0)
    for match in _FETCH_AND_RUN.finditer(code):
        urls = [
            Word(text=u, start=0, end=0) for u in re.findall(r"https?://[^\s'\")]{3,300}", match[0])
        ]
        if judge.foreign(urls):
            judge.add("remote-code-download", offset + match.start(), offset + match.end(), "a script is fetched and run")  # fmt: skip
    found = [*judge.found, *bombs(code, offset)]
    return sorted(found, key=lambda problem: problem.start)


class _Judge:
    """Walks over pipelines; remembers what was downloaded, to see it run."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.found: list[Problem] = []
        self._allowed = allowed | INSTALLERS
        self._fetched: set[str] = set()

    def add(self, label: str, start: int, end: int, why: str, score: float = 0.9) -> None:
        """Note a problem."""
        self.found.append(Problem(label=label, start=start, end=end, why=why, score=score))

    def foreign(self, words: Sequence[Word]) -> bool:
        """Return whether a download comes from anywhere but a host whose scripts may run."""
        named = addresses(words)
        return not named or not all(self._known(url) for url in named)

    def _known(self, url: str) -> bool:
        place = url.removeprefix("https://") + "/"
        host = place.partition("/")[0].partition(":")[0].lower()
        if not url.startswith("https://") or "@" in host:
            return False
        return any(
            place.startswith(one + "/") or host == one or host.endswith("." + one)
            for one in self._allowed
        )

    def script(self, parsed: Sequence[Pipeline], depth: int) -> None:
        """Judge pipelines and what is inside of them."""
        for pipeline in parsed:
            self._pipeline(pipeline)
            for command in pipeline.commands:
                self._command(command, depth)
                self.script(command.inner, depth)

    def _text(self, word: Word, depth: int) -> None:
        """Judge a word that is code itself: the argument of `bash -c`, `eval`, a here-document."""
        if depth < _MOST_DEPTH:
            before = len(self.found)
            self.script(pipelines(word.text), depth + 1)
            # Quotes and escapes are gone: the whole word stands for what was found in it.
            self.found[before:] = [
                Problem(label=p.label, start=word.start, end=word.end, why=p.why, score=p.score)
                for p in self.found[before:]
            ]

    def _pipeline(self, pipeline: Pipeline) -> None:
        resolved_ones = [(c, *resolved(c)) for c in pipeline.commands]
        self.found += encoded_uploads(pipeline, resolved_ones)
        fetched = decoded = sensitive = False
        for command, name, words in resolved_ones:
            if fetched and _runs_stdin(name, words):
                self.add("remote-code-download", pipeline.start, pipeline.end, f"{name} runs a download")  # fmt: skip
            if decoded and _runs_stdin(name, words):
                self.add("remote-code-download", pipeline.start, pipeline.end, f"{name} runs what was encoded", 0.8)  # fmt: skip
            out = _to_network(command) and _reads(command, name, words)
            if out or (sensitive and _sends(command, name, words)):
                self.add("shell-exfiltration", pipeline.start, pipeline.end, f"{name} sends what was read")  # fmt: skip
            fetched = fetched or (name in DOWNLOADERS and self.foreign(words))
            decoded = decoded or _decoder(name, words)
            sensitive = sensitive or _reads(command, name, words)
        names = [name for _, name, _ in resolved_ones]
        if any(n in ("nc", "ncat", "netcat", "telnet") for n in names) and len(names) > 1:
            shells = [n for n in names if n in SHELLS]
            listens = any("l" in flags(w) for _, n, w in resolved_ones if n.startswith("n"))
            if shells and not listens:
                self.add(
                    "reverse-shell", pipeline.start, pipeline.end, "a shell is wired to the network"
                )

    def _command(self, command: Command, depth: int) -> None:
        name, words = resolved(command)
        at = (command.start, command.end)
        texts = [word.text for word in words]
        self.found += destroyed(command, name, words)
        self.found += persists(command, name, words)
        self._network_shell(command, name, words)
        self._sent(command, name, words)
        if name in _READERS and any(is_secret(t) for t in texts if not t.startswith("-")):
            self.add("credential-read", *at, f"{name} reads credentials", 0.8)
        if any(is_secret(t.text) for op, t in command.redirects if op == "<"):
            self.add("credential-read", *at, "credentials are read", 0.8)
        if name in DOWNLOADERS and any(_METADATA.search(t) for t in texts):
            self.add("credential-read", *at, "asks the cloud's metadata for credentials", 0.8)
        if name == "security" and "-w" in texts and texts[0].startswith("find-"):
            self.add("credential-read", *at, "asks the keychain for a password", 0.8)
        if (
            name == "reg"
            and texts[:1] == ["save"]
            and re.search(r"\\(?:sam|security|system)\b", " ".join(texts), re.I)
        ):
            self.add("credential-read", *at, "copies the password hive")
        if "mimikatz" in name or "sekurlsa" in " ".join(texts).lower():
            self.add("credential-read", *at, "reads passwords from memory")
        self._downloads(command, name, words, depth)

    def _network_shell(self, command: Command, name: str, words: list[Word]) -> None:
        at = (command.start, command.end)
        targets = [target.text for _, target in command.redirects]
        sockets = any(t.startswith(("/dev/tcp/", "/dev/udp/")) for t in targets)
        if sockets and (name in SHELLS or name in ("exec", "") or "0" in [w.text for w in words]):
            self.add("reverse-shell", *at, "a shell talks to the network")
        spoken = " ".join(word.text for word in words)
        if name in ("nc", "ncat", "netcat") and re.search(
            r"(?:^| )(?:-\w{0,8}[ec]\w{0,8}|--(?:sh-)?exec)[ =]\S{0,100}(?:sh|cmd(?:\.exe)?|powershell)\b",
            spoken,
        ):
            self.add("reverse-shell", *at, "a program is wired to the network")
        if (
            name == "socat"
            and re.search(r"\b(?:exec|system):", spoken, re.I)
            and re.search(r"\btcp|openssl|udp", spoken, re.I)
        ):
            self.add("reverse-shell", *at, "a program is wired to the network")
        if (name in INTERPRETERS or name in ("awk", "gawk")) and (
            _ONE_LINER.search(spoken) or "/inet/tcp/" in spoken
        ):
            self.add("reverse-shell", *at, "a one-liner wires a shell to the network")

    def _sent(self, command: Command, name: str, words: list[Word]) -> None:
        at = (command.start, command.end)
        if name in DOWNLOADERS or name in _SENDERS:
            inside = any(_reads_any(word.inner) for word in words) or _looked_up(name, words)
            attached = name in DOWNLOADERS and any(
                "@" in w.text and is_secret(w.text, sent=True) for w in words if not addresses([w])
            )
            posted = any(
                w.text.startswith("--post-file=") and is_secret(w.text, sent=True) for w in words
            )
            options = [(a.text, b.text) for a, b in pairwise(words)]
            uploaded = any(
                a in ("-T", "--upload-file", "--post-file", "-InFile") and is_secret(b, sent=True)
                for a, b in options
            )
            fed = any(op == "<" and is_secret(t.text, sent=True) for op, t in command.redirects)
            if inside or attached or posted or uploaded or fed:
                self.add("shell-exfiltration", *at, f"{name} sends a file or the environment away")
        remote = name in _COPIERS and len(words) > 1 and _REMOTE.match(words[-1].text)
        if remote and any(is_secret(word.text) for word in words[:-1]):
            self.add("shell-exfiltration", *at, f"{name} copies credentials to another machine")

    def _downloads(self, command: Command, name: str, words: list[Word], depth: int) -> None:
        at = (command.start, command.end)
        if any(self._fetches(pipeline) for pipeline in _code_of(command, name, words)):
            self.add("remote-code-download", *at, f"{name} runs a download")
        elif any(_decodes(pipeline) for pipeline in _code_of(command, name, words)):
            self.add("remote-code-download", *at, f"{name} runs what was encoded", 0.8)
        if name in DOWNLOADERS:
            for option, value in pairwise(words):
                if option.text in _OUTPUTS and self.foreign([w for w in words if w is not value]):
                    self._fetched.add(value.text.removeprefix("./"))
            if "O" in flags(words) or name == "wget":
                last = [w.text.rpartition("/")[2] for w in words if addresses([w])]
                if self.foreign(words):
                    self._fetched.update(text for text in last if text)
        elif self._fetched:
            ran = (
                words[0].text
                if name in INTERPRETERS and words
                else command.words[0].text
                if command.words
                else ""
            )
            started = name in INTERPRETERS or ran.startswith(("./", "/", "~"))
            if started and ran.removeprefix("./") in self._fetched:
                self.add("remote-code-download", *at, "a downloaded file is run", 0.7)
        if name in ("powershell", "pwsh") and any(_ENCODED.match(w.text) for w in words):
            self.add("remote-code-download", *at, "runs an encoded command", 0.8)
        if name in ("certutil", "bitsadmin", "mshta", "regsvr32") and any(
            "http" in w.text.lower() for w in words
        ):
            self.add("remote-code-download", *at, f"{name} is used to download")
        self._code_inside(command, name, words, depth)

    def _code_inside(self, command: Command, name: str, words: list[Word], depth: int) -> None:
        if name in SHELLS or name in (
            "su",
            "ssh",
            "docker",
            "kubectl",
            "watch",
            "eval",
            "parallel",
        ):
            for option, value in pairwise(words):
                if option.text in ("-c", "-lc", "-ic", "-ec", "--command"):
                    self._text(value, depth)
            for document in command.documents:
                self._text(document, depth)
        if name in _PYTHONS and depth < _MOST_DEPTH:
            for option, value in pairwise(words):
                if option.text == "-c":
                    self._python(value)
        if name in ("eval", "ssh") and words and words[-1].quoted:
            self._text(words[-1], depth)
        if name == "echo" or name == "printf":
            for word in words:
                if word.quoted and re.match(r"^[\d*/@][\w*/, -]* ", word.text):
                    self._text(
                        Word(
                            text=word.text.lstrip("0123456789*/,- "), start=word.start, end=word.end
                        ),
                        depth,
                    )

    def _python(self, word: Word) -> None:
        """Judge a program of Python; what is found stands for the whole word."""
        from seawall.guard.code import python_rules  # it judges commands by these rules in turn

        for problem in python_rules.problems(word.text, 0, tuple(self._allowed)):
            if problem.label in _OWN_LABELS:
                self.add(problem.label, word.start, word.end, problem.why, problem.score)
            elif problem.label == "py-exfiltration":
                self.add("shell-exfiltration", word.start, word.end, problem.why, problem.score)

    def _fetches(self, pipeline: Pipeline) -> bool:
        return any(
            name in DOWNLOADERS and self.foreign(words)
            for name, words in (resolved(command) for command in pipeline.commands)
        )


def _decoder(name: str, words: Sequence[Word]) -> bool:
    given = flags(words) & {"d", "decode", "D", "r"}
    return name in ("base64", "base32", "xxd", "openssl") and bool(given)


def _decodes(pipeline: Pipeline) -> bool:
    return any(_decoder(*resolved(command)) for command in pipeline.commands)


def _code_of(command: Command, name: str, words: Sequence[Word]) -> list[Pipeline]:
    """Return the substitutions whose output a command runs as code."""
    fed = [p for op, target in command.redirects if op in ("<(", "<<<") for p in target.inner]
    if name in ("eval", "source", "."):
        return [*fed, *(p for word in words for p in word.inner)]
    if name not in INTERPRETERS:
        return []
    said = (b for a, b in pairwise(words) if a.text in ("-c", "-e", "-lc", "-r"))
    return [*fed, *(p for word in said for p in word.inner)]


def _runs_stdin(name: str, words: Sequence[Word]) -> bool:
    """Return whether a program reads its code from what is piped into it."""
    if name not in INTERPRETERS:
        return False
    plain = [word.text for word in words if not word.text.startswith("-") or word.text == "-"]
    if name in SHELLS:
        return not plain or plain[0] in ("-", "/dev/stdin") or "s" in flags(words)
    return (not plain and not flags(words) & {"c", "e", "m", "r", "n", "p"}) or plain[:1] == ["-"]


def _reads(command: Command, name: str, words: Sequence[Word]) -> bool:
    """Return whether a command writes secrets, or what must not leave, to its output."""
    if name in _DUMPERS and not any("=" in w.text for w in words):
        return True
    reading = name in _READERS or name in ("tar", "zip", "find", "gzip", "7z")
    texts = [w.text for w in words if not w.text.startswith("-")]
    bulk = name in ("tar", "zip", "gzip", "7z")
    return reading and any(
        is_secret(t, sent=True) and (bulk or t not in ("/", "~", ".")) for t in texts
    )


def _reads_any(parsed: Sequence[Pipeline]) -> bool:
    """Return whether a substitution yields secrets; the path of a program tells none."""
    return any(
        _reads(command, *resolved(command)) for pipeline in parsed for command in pipeline.commands
    )


def _sends(command: Command, name: str, words: Sequence[Word]) -> bool:
    if _to_network(command):
        return True
    if name in DOWNLOADERS:
        return any(_DATA_OPTIONS.match(w.text) or w.text in ("@-", "-") for w in words)
    return name in _SENDERS and name not in ("openssl", "ping") and not {"l"} & flags(words)


def _looked_up(name: str, words: Sequence[Word]) -> bool:
    """Return whether the output of a command becomes part of a name that name servers see."""
    asks = name in ("nslookup", "dig", "host", "ping", "ping6", "drill", "getent")
    return asks and any(word.inner and _FILLED.search(word.text) for word in words)


def _to_network(command: Command) -> bool:
    return any(t.text.startswith(("/dev/tcp/", "/dev/udp/")) for _, t in command.redirects)
