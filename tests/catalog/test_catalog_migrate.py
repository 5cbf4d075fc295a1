"""Renumbered entries of a framework move into the cards that name them."""

import shutil
from pathlib import Path

import msgspec
import pytest
import yaml

from seawall.catalog.load import DATA, Catalog
from seawall.catalog.migrate import migrate
from seawall.catalog.model import Framework
from seawall.cli.main import run
from seawall.core.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def renumbered(framework: Framework, moved: dict[str, str | None]) -> Framework:
    """The framework with entries under other ids, or without them (None)."""
    names = {key: moved.get(key, key) for key in framework.entries}
    entries = {new: framework.entries[old] for old, new in names.items() if new is not None}
    return msgspec.structs.replace(framework, pin="next", entries=entries)


def references(catalog: Catalog, framework: str) -> dict[str, list[str]]:
    cards = {**catalog.risks, **catalog.controls, **catalog.clauses}
    found = {
        key: [one.id for one in card.references if one.fw == framework]
        for key, card in cards.items()
    }
    for key, clause in catalog.clauses.items():
        found[key] += [clause.ref] if clause.fw == framework else []
    return found


def test_two_entries_change_places_and_every_card_follows(root: Path) -> None:
    before = Catalog(root)
    pair = {"LLM01": "LLM07", "LLM07": "LLM01"}
    moved: dict[str, str | None] = {"LLM01": "LLM91", "LLM07": "LLM92"}
    new = renumbered(before.frameworks["owasp-llm"], moved)
    done = migrate(new, before)
    after = Catalog(root)
    expected = {
        key: [str(moved.get(one) or one) for one in ids]
        for key, ids in references(before, "owasp-llm").items()
    }
    assert references(after, "owasp-llm") == expected and done.moved == moved
    assert set(done.cards) == {
        f"{'risk' if key in before.risks else 'control'} {key}"
        for key, ids in references(before, "owasp-llm").items()
        if {*ids} & {*pair}
    }
    assert after.frameworks["owasp-llm"].renumbered == moved
    again: dict[str, str | None] = {"LLM91": "LLM95"}
    migrate(renumbered(after.frameworks["owasp-llm"], again), after)
    known = Catalog(root).frameworks["owasp-llm"].renumbered
    assert known == {"LLM01": "LLM95", "LLM07": "LLM92", "LLM91": "LLM95"}, (
        "old ids lead to today's"
    )


def test_paragraphs_and_clauses_follow_their_article(root: Path) -> None:
    before = Catalog(root)
    migrate(renumbered(before.frameworks["eu-ai-act"], {"50": "950", "5": "905"}), before)
    after = Catalog(root)
    assert after.clauses["EUAIA-50-1"].ref == "950(1)"
    assert after.clauses["EUAIA-5"].ref == "905"
    assert "905" in [one.id for one in after.risks["LEG-01"].references]
    assert after.clauses["EUAIA-53"].ref == before.clauses["EUAIA-53"].ref


def test_nothing_is_written_where_a_named_entry_is_gone(root: Path) -> None:
    before = Catalog(root)
    texts = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    new = renumbered(before.frameworks["owasp-llm"], {"LLM01": "LLM91", "LLM05": None})
    with pytest.raises(InputError, match="LLM05 by risk"):
        migrate(new, before)
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == texts


def test_the_command(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = renumbered(Catalog(root).frameworks["owasp-asi"], {"ASI03": "ASI13"})
    path = tmp_path / "next.yaml"
    path.write_text(yaml.safe_dump(msgspec.to_builtins(new)))
    assert run(["catalog", "migrate", str(path), "--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert "ASI03 is ASI13 now." in said and "risk SEC-06" in said
    assert "risk SEC-06" not in said.partition("read again")[2]
