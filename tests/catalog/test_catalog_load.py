"""The loader: errors that name file and line, reverse links, look-ups."""

from pathlib import Path

import pytest

from seawall.catalog.load import Catalog, load_cards, load_catalog
from seawall.catalog.model import Case, Framework
from seawall.catalog.rules import leaves, problems
from seawall.core.errors import InputError

CASE = """id: CASE-X
date: 2026-01-01
title: t
what: w
lesson: l
status: verified
source: s
"""


def test_a_card_in_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CASE-Y.yaml").write_text(CASE)
    with pytest.raises(InputError, match=r"CASE-Y\.yaml.*'CASE-X'"):
        load_cards(tmp_path, Case)


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "CASE-X.yaml").write_text(CASE + "lessons: two\n")
    with pytest.raises(InputError, match=r"CASE-X\.yaml:8: .*lessons"):
        load_cards(tmp_path, Case)


def test_a_wrong_value_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "CASE-X.yaml").write_text(CASE.replace("verified", "sure"))
    with pytest.raises(InputError, match=r"CASE-X\.yaml:6: "):
        load_cards(tmp_path, Case)


def test_an_empty_folder_is_an_empty_catalogue(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    assert catalog.risks == {} and catalog.controls_of_risk == {}


def test_the_catalogue_is_read_once() -> None:
    assert load_catalog() is load_catalog()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("SEC-02", "risks"),
        ("CTL-EGRESS", "controls"),
        ("PRB-INJ-META", "more_probes"),
        ("PRB-INJ-DOC", "probes"),
        ("GDPR-33", "clauses"),
        ("CASE-ECHOLEAK", "cases"),
        ("mitre-atlas", "frameworks"),
        ("rag.used", "questions"),
        ("Q21", "questions"),
    ],
)
def test_find(key: str, kind: str) -> None:
    assert load_catalog().find(key)[0] == kind


def test_find_says_what_to_do_when_there_is_nothing() -> None:
    with pytest.raises(InputError, match="catalog list"):
        load_catalog().find("SEC-99")


@pytest.mark.parametrize(
    ("entry", "holds"),
    [("50", True), ("50(1)", True), ("99(2)", False), ("", False), ("5", False)],
)
def test_a_paragraph_exists_when_its_article_does(entry: str, holds: bool) -> None:
    framework = Framework(
        id="fw", title="", pin="", url="", licence="", attribution="", entries={"50": "x"}
    )
    assert framework.holds(entry) is holds


@pytest.mark.parametrize(
    "rule", [{}, {"fact": "rag.used"}, {"all": [{"or": []}]}, {"fact": "a", "is": 1, "not": {}}]
)
def test_what_is_no_rule_is_said(rule: dict) -> None:
    assert list(problems(rule, load_catalog().questions)), rule


def test_a_rule_with_an_answer_nobody_can_give_is_said() -> None:
    rule = {"any": [{"fact": "rag.acl", "is": "perhaps"}, {"fact": "rag.used", "is": True}]}
    assert list(problems(rule, load_catalog().questions)) == ["rag.acl (choice) is never 'perhaps'"]
    assert [leaf["fact"] for leaf in leaves(rule)] == ["rag.acl", "rag.used"]
