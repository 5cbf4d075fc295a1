"""What the documents say exists: links, commands with their options, make targets, files."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from seawall.cli.main import app

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?<![\w/.-])(?<!from )seawall((?: +[^`\n#|]+)?)")
MAKE = re.compile(r"(?:`|^ {4}|\n {4})make +([a-z][a-z -]*)")
CODE = re.compile(r"`([a-z_]+/[\w/.-]+\.(?:py|yaml|html|css))`")
FENCE = re.compile(r"```.*?```", re.DOTALL)


def documents() -> list[Path]:
    """Every Markdown file that is or will be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / line for line in sorted(set(listed.splitlines())) if (ROOT / line).exists()]


DOCUMENTS = documents()
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in found)
    return {heading.strip().replace(" ", "-") for heading in plain}


def test_the_first_page_is_there() -> None:
    expected = {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
    assert expected <= set(NAMES)


@every_document
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        assert place.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(place.read_text(encoding="utf-8")), f"no heading {target}"


def words_of(line: str) -> list[str]:
    """The words of a command line up to what is not a plain word any more."""
    return re.findall(r"\S+", line)


def commands(text: str) -> list[list[str]]:
    """Every command line in code: indented, fenced, or between backticks."""
    fenced = "\n".join(FENCE.findall(text))
    indented = "\n".join(re.findall(r"^(?: {4,}|\t)(.+)$", text, re.MULTILINE))
    ticked = "\n".join(re.findall(r"`(seawall[^`]*)`", text))
    code = f"{fenced}\n{indented}\n{ticked}".replace("\\\n", " ")
    return [words_of(match) for match in COMMAND.findall(code)]


def walk(command: Any, words: list[str]) -> tuple[Any, list[str]]:
    """Follow sub-commands as far as the words name them."""
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


@every_document
def test_every_command_and_option_exists(path: Path) -> None:
    root = typer.main.get_command(app)
    for words in commands(path.read_text(encoding="utf-8")):
        if not words or not re.match(r"[a-z-]", words[0]):
            continue
        found, rest = walk(root, words)
        said = f"seawall {' '.join(words)}"
        if not words[0].startswith("-"):
            assert found is not root, f"`{said}`: no such command"
        known = {name for param in found.params for name in (*param.opts, *param.secondary_opts)}
        known |= {"-h", "--help"}
        for option in (word for word in rest if word.startswith("--")):
            name = option.partition("=")[0].rstrip(".,;:)")
            assert name in known, f"`{said}`: {found.name} has no {name}"


@every_document
def test_every_make_target_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    for named in MAKE.findall(path.read_text(encoding="utf-8")):
        for target in named.split():
            assert target in targets, f"make {target}"


def test_files_that_architecture_names_exist() -> None:
    named = CODE.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    missing = [name for name in named if not (ROOT / "src" / "seawall" / name).exists()]
    assert not missing


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {p.name for p in (ROOT / "src" / "seawall").iterdir() if (p / "__init__.py").exists()}
    assert not [room for room in rooms if f"(src/seawall/{room})" not in text]


def test_every_command_is_named_in_a_document() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    root: Any = typer.main.get_command(app)
    assert not [name for name in root.commands if f"seawall {name}" not in text]


def test_every_how_to_and_reference_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for folder in ("how-to", "reference", "adr"):
        for path in (ROOT / "docs" / folder).glob("*.md"):
            assert f"({folder}/{path.name})" in index, path.name


def test_changelog_lines_are_short() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    lines = re.findall(r"^- (.+)$", text, re.MULTILINE)
    assert len(lines) >= 15
    assert not [line for line in lines if len(line.split()) > 25]


def test_decision_records_are_short() -> None:
    records = list((ROOT / "docs" / "adr").glob("*.md"))
    assert records
    for path in records:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


def test_counts_that_the_readme_states_are_right() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    data = ROOT / "src" / "seawall" / "catalog" / "data"
    for kind, word in (("risks", "risks"), ("probes", "probes")):
        stated = re.search(rf"(\d+) {word}", text)
        assert stated
        assert int(stated.group(1)) == len(list((data / kind).glob("*.yaml")))


def test_pictures_are_whole_and_say_what_they_show() -> None:
    for path in (ROOT / "docs" / "pictures").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "<title" in text
        assert "<script" not in text
        assert not re.search(r"(?:href|src)=\"(?!#)", text), path.name
