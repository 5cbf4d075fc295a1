"""A framework's next version: what is gone, renumbered, renamed or new, and which cards name it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.catalog.diff import EntryChange, diff
from seawall.catalog.load import DATA, load_catalog
from seawall.catalog.model import Framework
from seawall.cli.main import run
from seawall.core.errors import InputError

CATALOG = load_catalog()
LLM = CATALOG.frameworks["owasp-llm"]


def changed(framework: Framework = LLM, **entries: str | None) -> list[EntryChange]:
    """The changes when entries get another title, or go (None)."""
    new: dict[str, Any] = {**framework.entries, **entries}
    kept = {key: title for key, title in new.items() if title is not None}
    return diff(msgspec.structs.replace(framework, entries=kept), CATALOG)


def first() -> str:
    return next(iter(LLM.entries))


@pytest.mark.parametrize("framework", CATALOG.frameworks.values(), ids=list(CATALOG.frameworks))
def test_the_same_index_changes_nothing(framework: Framework) -> None:
    assert diff(framework, CATALOG) == []


def test_a_renamed_and_a_gone_entry_name_their_cards() -> None:
    key = first()
    (renamed,) = changed(**{key: "Another title"})
    assert (renamed.change, renamed.entry, renamed.after) == ("renamed", key, "Another title")
    named = {
        f"risk {risk}"
        for risk, card in CATALOG.risks.items()
        if any((one.fw, one.id) == ("owasp-llm", key) for one in card.references)
    }
    assert named and named <= set(renamed.touched)
    (gone,) = changed(**{key: None})
    assert (gone.change, gone.touched) == ("gone", renamed.touched)


def test_case_and_spaces_are_no_change() -> None:
    key = first()
    assert changed(**{key: f"  {LLM.entries[key].upper()} "}) == []


def test_an_entry_that_kept_its_title_was_renumbered() -> None:
    key = first()
    (moved,) = changed(**{key: None, "LLM99": LLM.entries[key]})
    assert (moved.change, moved.entry, moved.to) == ("renumbered", key, "LLM99")
    assert moved.touched
    two = changed(**{key: None, "LLM98": LLM.entries[key], "LLM99": LLM.entries[key]})
    assert [one.change for one in two] == ["gone", "new", "new"], "which of the two is not known"


def test_a_new_entry_touches_nothing_and_comes_last() -> None:
    found = changed(**{"LLM99": "Something new", first(): "Another title"})
    assert [(one.change, bool(one.touched)) for one in found] == [("renamed", True), ("new", False)]


def test_a_paragraph_rests_on_its_article() -> None:
    act = CATALOG.frameworks["eu-ai-act"]
    (found,) = changed(act, **{"50": "Another title"})
    assert {"clause EUAIA-50-1", "clause EUAIA-50-2"} <= set(found.touched)
    assert "clause EUAIA-5" not in found.touched


def test_a_framework_that_is_not_pinned_is_refused() -> None:
    with pytest.raises(InputError, match="is pinned"):
        diff(msgspec.structs.replace(LLM, id="weather"), CATALOG)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DATA / "frameworks" / "owasp-llm.yaml").read_text()
    path = tmp_path / "next.yaml"
    path.write_text(text)
    assert run(["catalog", "diff", str(path), "--strict"]) == 0
    assert "has the entries that are pinned" in capsys.readouterr().out
    path.write_text(text.replace(f"{first()}:", "LLM77:"))
    assert run(["catalog", "diff", str(path), "--json"]) == 0
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["change"], change["to"]) == ("renumbered", "LLM77")
    assert run(["catalog", "diff", str(path), "--strict"]) == 4
    assert "cards touched" in capsys.readouterr().out
    path.write_text("id: x\n")
    assert run(["catalog", "diff", str(path)]) == 2
