"""A shell command of everyday development: to look, test, build, keep a version, delete what is named.

A tool that runs any command would count as one that executes; these do less, and who has code
written or mended asks for them with it. A command that holds anything else stays what it is.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

import msgspec

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.files import holds_keys, runs_later
from seawall.policy.provenance.infer import BY_POLICY, ToolProfile
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source, find
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import DELETE, EXECUTE, READ

_SLOTS = frozenset("command commands cmd shell bash".split())
_LONGEST = 2000
_NESTED = re.compile(r"\$\(|`|[<>]\(|\$\{|<<|\\\n")
_JOINS = frozenset({"&&", "||", ";", "|", "&", "\n"})
_SET = re.compile(
    r"(?:CI|DEBUG|NODE_ENV|PYTHONPATH|RUST_LOG|RUST_BACKTRACE|FLASK_APP|LANG|TZ)=(?:[\w.-][\w./:-]*)?"
)
_LOOK = frozenset(
    "ls cat head tail grep rg wc uniq diff stat file pwd echo printf which tree du df uname whoami true false "
    "sleep test basename dirname realpath jq cut nl column".split()
)
_DO = frozenset(
    "pytest tox nox ruff black mypy flake8 pylint isort coverage eslint prettier tsc jest vitest mocha make cmake ctest "
    "mkdir touch cp mv flask rustfmt gofmt javac".split()
)
# Of these only the named commands; the rest reaches out, or runs what it is given.
_ONLY: dict[str, frozenset[str]] = {
    "git": frozenset(
        "status diff log show branch blame ls-files rev-parse add commit checkout switch stash init restore".split()
    ),
    "npm": frozenset("test ci start run build ls".split()),
    "yarn": frozenset("test start run build lint".split()),
    "pnpm": frozenset("test start run build lint".split()),
    "cargo": frozenset("build test check run fmt clippy bench".split()),
    "go": frozenset("build test vet run fmt".split()),
    "dotnet": frozenset("build test run restore format".split()),
    "docker": frozenset("build ps images logs".split()),
    **dict.fromkeys(
        ("mvn", "gradle", "./mvnw", "./gradlew"),
        frozenset("test build clean package verify check compile".split()),
    ),
    "pip": frozenset("list freeze show check".split()),
}
# What only adds to the working folder may also be done because a text there says so.
_ADDS = frozenset({"cp", "mkdir", "touch"})
_FIXED = frozenset("install test build start ci run".split())
_INSTALLERS = frozenset({"npm", "yarn", "pnpm", "pip", "pip3"})
_INTERPRETERS = frozenset("python python3 node ruby php".split())
_MODULES = frozenset(
    "pytest unittest mypy ruff black isort flake8 coverage flask venv build compileall json.tool doctest".split()
)
_ODD_FLAG = re.compile(
    r"-c$|-e$|--?exec\w*|--ext-diff|--upload-pack|--pre$|--pre=|--output\b|--compress-program|"
    r"--eval|--require|--import|-[a-z]*o$|-delete$|-ok|-fprint|SHELL=|--config\b|--global|--system"
)
# What acts stays in the working folder, with flags that name no other place to take things from.
_AWAY = re.compile(r"[/~\\]|[a-zA-Z]:\\|.*(?:\.\.|://|@|=.*/)")
_FLAGS = re.compile(
    r"-[a-zA-Z]{1,3}|--(?:quiet|verbose|silent|all|cached|staged|oneline|check|fix|watch|run|release|tb|maxfail|cov|lf|ff|"
    r"last-failed|message|version|help|parents|recursive|update|amend|no-edit|strict|write|diff|coverage|debug|ci|port|noEmit|outdated|fill|draft|title|body)(?:=[\w.-]*)?"
)
_OTHER_PLACE = {"make": ("-f", "-C", "-I"), "cmake": ("-P", "-C"), "pytest": ("-p",)}
_GIT_SAID = frozenset("push pull fetch merge rebase tag".split())
_PROPOSES = re.compile(r"\b(?:prs?|pull requests?|merge requests?)\b")
_HERE = re.compile(r"(?:https?://)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:/[\w./?&=%-]*)?")
_NAME = 4


def as_command(
    profile: ToolProfile, values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> ToolProfile:
    """Return the profile of a shell tool as what its command does; any other one as it is."""
    if profile.effect != EXECUTE or profile.why == BY_POLICY:
        return profile
    own = [v for v in values if _SLOTS & set(split_name(v.argument.rsplit("/", 1)[-1])[-1:])]
    if len(own) != 1 or not isinstance(own[0].value, str):
        return profile
    steps = list(_steps(own[0].value))
    if not steps or not all(steps) or _strange(steps, request, sources):
        return profile
    plain = [_is_plain(step) or _is_said(step, request) for step in steps]
    if all(plain):
        return msgspec.structs.replace(profile, effect=READ)
    if all(one or _removes(step, request) for one, step in zip(plain, steps, strict=True)):
        return msgspec.structs.replace(
            profile, effect=DELETE, verbs=frozenset(), nouns=frozenset(), doing="delete"
        )
    return profile


def _steps(command: str) -> Iterator[list[str]]:
    """Yield the words of each simple command; nothing where it is not plainly a row of these."""
    if len(command) > _LONGEST or _NESTED.search(command):
        return
    reader = shlex.shlex(command.strip().replace("\n", " ; "), posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    reader.commenters = ""
    try:
        words = list(reader)
    except ValueError:
        return
    step: list[str] = []
    for word in words:
        if word in _JOINS:
            if step:
                yield step
            step = []
        elif not step and _SET.fullmatch(word):
            continue
        else:
            step.append(word)
    if step:
        yield step


def _strange(steps: Sequence[Sequence[str]], request: Request, sources: Sequence[Source]) -> bool:
    """Say whether a word is a file that runs later or holds keys, or one that outsiders ask for."""
    words = {texts.fold(word) for step in steps for word in step[1:]}
    if any(runs_later(one, request.text) or holds_keys(one, request.text) for one in words):
        return True
    acting = [step for step in steps if step[0] not in _LOOK | _ADDS]
    for word in {texts.fold(word) for step in acting for word in step[1:]}:
        if len(word) < _NAME or word.startswith("-") or word in request.text or word in _FIXED:
            continue
        hits = [hit for s in sources if s.origin == "untrusted" for hit in find(s, word)]
        if hits and all(hit.level >= ASKS for hit in hits):
            return True
    return False


def _is_plain(step: Sequence[str]) -> bool:
    """Say whether a simple command looks, tests, builds or keeps, and does nothing beside it."""
    named = step[1:] if step[0] == "npx" and step[1:2] and step[1] in _DO else step
    program, rest = named[0], list(named[1:])
    if any(_ODD_FLAG.match(word) for word in rest) or any(
        set(word) <= set("()<>") for word in rest
    ):
        return _redirects(program, rest)
    if program in _LOOK:
        return True
    if program == "find":
        return not any(word.startswith(("-exec", "-ok", "-del", "-f")) for word in rest)
    if program == "sort":
        return not any(word.startswith("-o") for word in rest)
    if program == "sed":
        return rest[:1] == ["-n"] and re.fullmatch(r"[\d,$]+p", "".join(rest[1:2])) is not None
    if program == "curl":
        return all(word in ("-s", "-i", "-S", "-sS") or _HERE.fullmatch(word) for word in rest)
    if program == "cd":
        return len(rest) == 1 and not _AWAY.match(rest[0])
    if any(_AWAY.match(word) or word in _OTHER_PLACE.get(program, ()) for word in rest):
        return False
    if not all(_FLAGS.fullmatch(word) for word in rest if word.startswith("-")):
        return False
    if program in _DO or (program in _INSTALLERS and _installs_own(program, rest)):
        return True
    if program in _INTERPRETERS:
        return _runs_file(rest)
    return bool(rest) and rest[0] in _ONLY.get(program, ())


def _is_said(step: Sequence[str], request: Request) -> bool:
    """Say whether the user speaks of just this doing with the versions that he keeps: a push."""
    proposes = _PROPOSES.search(request.text) is not None
    if step[:3] == ["gh", "pr", "create"]:
        return proposes and all(map(_FLAGS.fullmatch, step[3:]))
    if step[0] != "git" or step[1:2] == [] or step[1] not in _GIT_SAID:
        return False
    own = all(re.fullmatch(r"-u|--set-upstream|--tags|\w[\w./-]*", word) for word in step[2:])
    return (
        own
        and len(step) <= 5
        and (
            (proposes and step[1] == "push")
            or texts.root(step[1]) in map(texts.root, request.text_words)
        )
    )


def _redirects(program: str, rest: list[str]) -> bool:
    """Say whether a command that looks puts what it prints into a file of the working folder."""
    if program not in ("echo", "printf", "cat", "ls", "pytest") or len(rest) < 2:
        return False
    words, (mark, target) = rest[:-2], rest[-2:]
    own = re.fullmatch(r"[\w][\w./-]*", target) is not None and ".." not in target
    return mark in (">", ">>") and own and not any(set(word) <= set("()<>") for word in words)


def _installs_own(program: str, rest: Sequence[str]) -> bool:
    """Say whether what the project itself lists is installed, and no package that a call names."""
    if rest[:1] not in (["install"], ["i"]):
        return False
    named = [word for word in rest[1:] if word not in ("-e", "-q", "-U", "--quiet", "--upgrade")]
    if program.startswith("pip"):
        files = len(named) == 2 and named[0] in ("-r", "--requirement")
        return files or (
            len(named) == 1 and re.fullmatch(r"\.(?:\[[\w,]+\])?", named[0]) is not None
        )
    return not named


def _runs_file(rest: Sequence[str]) -> bool:
    """Say whether an interpreter runs a file of the working folder, or a module that tests."""
    if rest[:1] == ["-m"]:
        return (rest[1:2] != [] and rest[1] in _MODULES) or (
            _installs_own("pip", rest[2:]) and rest[1] == "pip"
        )
    if rest == ["--version"]:
        return True
    return bool(rest) and re.fullmatch(r"\w[\w./-]*\.(?:py|js|mjs|rb|php)", rest[0]) is not None


def _removes(step: Sequence[str], request: Request) -> bool:
    """Say whether only things of the working folder go that the user names."""
    if step[0] not in ("rm", "rmdir"):
        return False
    paths = [word for word in step[1:] if not re.fullmatch(r"-[rfRvd]{1,4}", word)]
    return bool(paths) and all(
        re.fullmatch(r"\w[\w./-]*", one)
        and ".." not in one
        and set(texts.words(texts.fold(one))) <= request.text_words
        for one in paths
    )
