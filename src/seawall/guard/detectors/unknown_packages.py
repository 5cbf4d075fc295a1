"""Packages that no registry knows, and names that are a slip of a much used one."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import get_args

import msgspec

from seawall.core.exchange import Exchange, Role, Stage
from seawall.core.verdicts import Finding, Outcome, Verdict
from seawall.guard.code.blocks import Block, fenced, inline
from seawall.guard.code.detector import called, values
from seawall.guard.code.shell import Pipeline, ShellError, Word, pipelines
from seawall.guard.code.shell_words import COMMAND_KEYS
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.packages.imports import own_modules, python_imports, script_imports
from seawall.guard.packages.index import Registry, index, normal
from seawall.guard.packages.installs import Wanted, installs
from seawall.guard.packages.manifests import manifest, manifest_language, private_registries
from seawall.guard.packages.names import load_tables, placeholder
from seawall.policy.depth import Depth

# Beyond these an answer is no answer any more, but a list of names.
_MOST_NAMES = 2_000
# Likeness takes milliseconds a name.
_MOST_LIKENED = 50
_SCORES = {True: 0.7, False: 0.6}
_UNKNOWN, _LOOKALIKE = "unknown-package", 0.9
# A slip of a much used name that somebody has published: most are harmless, some are traps.
_PUBLISHED = 0.6
_DIGITS = frozenset("0123456789")
_Judged = tuple[str, float, str]
_SAY = ("echo", "printf")
_WORD = re.compile(r"[@\w][\w./-]*")
_COMMAND = re.compile(
    r"^[ \t>$!%]{0,8}(?:(?:sudo|python3?|py) (?:-m )?)?(?:pip3?|uv|uvx|poetry|pipx|pipenv|npm|npx|"
    r"yarn|pnpm|bun|bunx) [^\n]{1,400}$",
    re.MULTILINE,
)
_STEERING = (Role.SYSTEM, Role.USER)
_GIVEN = (*_STEERING, Role.DOCUMENT, Role.TOOL)


class UnknownPackages:
    """Judges install commands anywhere they stand as code, and imports in fenced code."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No shared patterns: names are looked up, not matched."""
        return ()

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read the index of each registry, and the tables of names."""
        for registry in get_args(Registry):
            index(registry)
        load_tables()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge an answer or a command; what the request itself names is not reported."""
        text, run = subject.part.text, subject.part.stage is Stage.TOOL_CALL
        try:
            wanted = list(_called(text) if run else _wanted(text))
        except ShellError as error:
            return Verdict(detector=self.id, outcome=Outcome.UNKNOWN, reason=str(error))
        names = {(one.registry, normal(one.registry, one.name)) for one in wanted}
        if len(names) > _MOST_NAMES:
            reason = f"more than {_MOST_NAMES} package names"
            return Verdict(detector=self.id, outcome=Outcome.UNKNOWN, reason=reason)
        # What is about to be installed may be named by nobody but the user and the operator.
        roles = _STEERING if run else _GIVEN
        given = _given(context.exchange, roles) if wanted else frozenset()
        judged = _judged(sorted(key for key in names if key[1] not in given))
        private = private_registries(text) if judged else frozenset()
        view = subject.views[0]
        found: list[Finding] = []
        for one in wanted:
            judged_as = judged.get((one.registry, normal(one.registry, one.name)))
            if judged_as:
                label, score, why = judged_as
                if label == _UNKNOWN and one.registry in private:
                    continue
                score = score or _SCORES[one.certain]
                at = (one.start, one.end)
                found.append(finding(self.id, label, view, *at, score=score, why=why))
        return verdict(self.id, found)


def _judged(names: list[tuple[Registry, str]]) -> dict[tuple[Registry, str], _Judged]:
    """Return label, score (0: by where it stands) and reason of every name worth a finding."""
    found: dict[tuple[Registry, str], _Judged] = {}
    asked = 0
    for registry, name in names:
        known = index(registry)
        if known.used(name):
            continue
        asked += 1
        like = known.lookalike(name) if asked <= _MOST_LIKENED else ""
        if known.known(name):
            if like and not (set(name) - set(like)) & _DIGITS:
                found[registry, name] = "lookalike-package", _PUBLISHED, f"published, like {like}"
        elif like:
            found[registry, name] = "lookalike-package", _LOOKALIKE, f"like {like}"
        else:
            found[registry, name] = _UNKNOWN, 0.0, "not in the index"
    return found


def _called(text: str) -> Iterator[Wanted]:
    """Yield what a tool call would install, or write into a manifest.

    Within JSON, the whole value stands for it.
    """
    for code, start, end in called(text, COMMAND_KEYS):
        for one in _installed(code, _whole(code, "shell")):
            yield one if end < 0 else msgspec.structs.replace(one, start=start, end=end)
    written = values(text)
    language = next(filter(None, (manifest_language(value) for value, _, _ in written)), "")
    for value, start, end in written if language else ():
        for one in _needed(value, _whole(value, language)):
            yield msgspec.structs.replace(one, start=start, end=end)


def _wanted(text: str) -> Iterator[Wanted]:
    blocks = fenced(text)
    own = own_modules(text) if blocks else frozenset()
    if not blocks:
        yield from _needed(text, _whole(text, ""), own)
    for block in blocks:
        yield from _needed(text, block, own)
        yield from _of_block(text, block, own)
    for block in [*inline(text, blocks), *_lines(text, blocks)]:
        yield from _installed(text, block)


def _whole(text: str, language: str) -> Block:
    return Block(language=language, start=0, end=len(text))


def _needed(text: str, block: Block, own: frozenset[str] = frozenset()) -> Iterator[Wanted]:
    return (one for one in manifest(text, block, own) if not placeholder(one.name))


def _lines(text: str, blocks: list[Block]) -> Iterator[Block]:
    """Yield lines outside of the blocks that are a command from their beginning."""
    inside = iter([*blocks, Block(language="", start=len(text) + 1, end=len(text) + 1)])
    block = next(inside)
    for match in _COMMAND.finditer(text):
        while block.end <= match.start():
            block = next(inside)
        if match.end() <= block.start:
            yield Block(language="shell", start=match.start(), end=match.end())


def _of_block(text: str, block: Block, own: frozenset[str]) -> Iterator[Wanted]:
    code = text[block.start : block.end]
    if block.language in ("shell", ""):
        yield from _installed(text, block)
    if block.language in ("python", ""):
        yield from python_imports(code, block.start, own)
    if block.language == "javascript":
        yield from script_imports(code, block.start, own)
    if block.language == "python":
        for match in _COMMAND.finditer(code):
            start, end = block.start + match.start(), block.start + match.end()
            yield from _installed(text, Block(language="shell", start=start, end=end))


def _installed(text: str, block: Block) -> Iterator[Wanted]:
    code = text[block.start : block.end]
    read = pipelines(code, block.start)
    for one in installs(read):
        if not placeholder(one.name):
            yield one
    for language, word in _written(read):
        if word.quoted or word.text != text[word.start : word.end]:
            said = word.text.replace("\\n", "\n")
            for one in _needed(said, _whole(said, language)):
                yield msgspec.structs.replace(one, start=word.start, end=word.end)
        else:
            document = Block(language=language, start=word.start, end=word.end)
            yield from _needed(text, document)


def _written(read: Sequence[Pipeline]) -> Iterator[tuple[str, Word]]:
    """Yield what commands write into manifests: `cat > requirements.txt <<EOF`, `echo x >> ...`."""
    for pipeline in read:
        targets = [word.text for command in pipeline.commands for _, word in command.redirects]
        targets += [w.text for c in pipeline.commands for w in c.words if c.words[0].text == "tee"]
        language = next(filter(None, map(manifest_language, targets)), "")
        for command in pipeline.commands if language else ():
            said = command.words[1:] if command.words[:1] and command.words[0].text in _SAY else ()
            yield from ((language, word) for word in (*command.documents, *said))


def _given(exchange: Exchange | None, roles: Collection[Role]) -> frozenset[str]:
    """Return the words of the request, as registries compare names."""
    if exchange is None:
        return frozenset()
    words = {
        word.rstrip(".,")
        for part in exchange.parts
        if part.role in roles
        for word in _WORD.findall(part.text)
    }
    return frozenset(normal("pypi", word) for word in words) | {word.lower() for word in words}


def build(card: Card) -> Detector:
    """Return the detector."""
    return UnknownPackages(card)
