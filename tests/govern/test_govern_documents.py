"""Documents from facts: nothing made up, nothing unknown left out, no word that becomes markup."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest
from govern_page import read

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.profile import Fact, Profile
from seawall.core.register import Register
from seawall.govern.documents.build import Given, answer, build
from seawall.govern.documents.model import DocumentCard, Duty, SectionCard, load_documents
from seawall.govern.documents.pack import NOTHING, frameworks, pack
from seawall.govern.documents.page import render
from seawall.govern.status.judge import Grounds, control_states
from seawall.govern.status.model import Vouched

CATALOG, CARDS = load_catalog(), load_documents()
TODAY = date(2026, 7, 1)
replace = msgspec.structs.replace
DUTY = Duty(clause="GDPR-35", title="DPIA", duty="Assess first.", bearing="applies",
            since="2018-05-25", proof="verified 2026-11-01")  # fmt: skip


def register() -> Register:
    vendor = replace(samples.risk(samples.pitfall(0)), risk="LEG-11", controls=("CTL-VENDOR",))
    base = samples.with_pitfall(4, samples.pitfall(4, on=40, status="failed"))
    return replace(base, risks=(*base.risks, vendor))


def given(**facts: Any) -> Given:
    keys = {key.replace("__", "."): value for key, value in facts.items()}
    profile = Profile(
        application="bank", title="Bank assistant",
        facts={
            key: Fact(key=key, value=value, source="interview", owner="kim", date="2026-06-01")
            for key, value in keys.items()
        },
    )  # fmt: skip
    found = register()
    word = Vouched(control="CTL-VENDOR", by="kim", date="2026-06-01", until="2026-09-01", ref="a")
    states = control_states(found, CATALOG, today=TODAY, grounds=Grounds(vouched=[word]))
    return Given(profile, found, CATALOG, states, [DUTY])


def card(**section: Any) -> DocumentCard:
    sections = (SectionCard(title="One", **section),)
    return DocumentCard(id="x", title="X", reader="you", intro="i", sections=sections)


def rows_of(*keys: str, **facts: Any) -> list[str]:
    (part,) = build(card(facts=keys), given(**facts)).parts
    return [row[1] for table in part.tables for row in table.rows]


def rows(**section: Any) -> list[tuple[str, ...]]:
    facts = {"model__ids": ("a/b", "c"), "rag__used": False, "volume__users": 12000}
    (part,) = build(card(**section), given(**facts)).parts
    return [row for table in part.tables for row in table.rows]


@pytest.mark.parametrize("card", CARDS.values(), ids=list(CARDS))
def test_every_card_names_what_is_there(card: DocumentCard) -> None:
    clauses = tuple(CATALOG.clauses)
    for section in card.sections:
        assert section.todo or section.facts or section.risks or section.rates or section.law
        for fact in section.facts:
            assert fact in CATALOG.questions
        for start in section.risks:
            assert any(key.startswith(start) for key in CATALOG.risks), start
        for start in section.law:
            assert any(key.startswith(start) for key in clauses), start
        assert all(line.endswith(".") for line in section.todo)
    assert any(section.todo for section in card.sections), "people have the last word"


def test_facts_come_with_who_said_so_and_unknown_is_said_and_asked() -> None:
    facts = ("model.ids", "rag.used", "volume.users", "logging")
    found = rows(facts=facts)
    assert [row[1] for row in found] == ["a/b, c", "no", "12,000", "not known"]
    assert found[0][2] == "interview, kim, 2026-06-01" and found[3][2] == "nobody answered"
    document = build(card(facts=facts), given(model__ids=("a",), rag__used=None, volume__users=1))
    assert document.open == (CATALOG.questions["rag.used"].ask, CATALOG.questions["logging"].ask)
    ids = CATALOG.questions["model.ids"]
    assert (answer(Fact(key="x", value=()), ids), answer(None, ids)) == ("none", "not known")


def test_options_become_words_and_names_stay() -> None:
    found = rows_of(
        "tools.list", "model.ids", "decision.human_review", tools__list=("lookup_account",),
        model__ids=("my_llama_3_ft",), decision__human_review="every_output",
    )  # fmt: skip
    assert found == [
        "lookup_account", "my_llama_3_ft", "every output (somebody reads each one)",
    ]  # fmt: skip


def test_options_say_what_they_mean_to_those_who_never_saw_the_question() -> None:
    found = rows_of(
        "logging", "decision.effect", "audience", "geo.users",
        logging="redacted_with_deadline", decision__effect="none", audience=("customers",),
        geo__users=("eu",),
    )  # fmt: skip
    assert found == [
        "redacted with deadline (words without personal data, deleted on a day)", "no",
        "customers (people with an account)", "eu",
    ]  # fmt: skip


def test_notice_and_assessment_name_the_privacy_law_of_every_place() -> None:
    for key in ("BR-LGPD", "CA-PIPEDA", "CN-PIPL", "UK-GDPR", "US-GLBA"):
        for card in (CARDS["dpia"], CARDS["transparency-notice"]):
            starts = [start for section in card.sections for start in section.law]
            assert key.startswith(tuple(starts)), (card.id, key)


def test_risks_say_what_was_shown_and_no_more() -> None:
    shown = {row[0].split()[0]: row[3] for row in rows(risks=("SEC", "PRI", "LEG", "MIS"))}
    assert "within" in shown["SEC-01"] and "above" in shown["PRI-04"]
    assert shown["LEG-09"] == "Not tested: no probe tries it."
    assert "MIS-03" not in shown, "it does not apply"
    untested = {row[0].split()[0] for row in rows(untested=True)}
    assert "LEG-09" in untested and "SEC-01" not in untested


def test_measures_are_those_of_the_risks_with_their_state() -> None:
    found = {row[0].split()[0]: row[1] for row in rows(risks=("LEG-11",), controls=True)[1:]}
    assert found == {"CTL-VENDOR": "attested"}
    everything = {row[0].split()[0]: row[1] for row in rows(controls=True)}
    assert everything["CTL-DIVERGE"] == "tested-fail" and len(everything) > 1


def test_rates_carry_their_interval_and_law_its_proof() -> None:
    found = rows(rates=True)
    assert len(found) == len(samples.TITLES)
    assert all("(" in row[1] and " of " in row[1] for row in found)
    assert rows(law=("GDPR",)) == [
        ("GDPR-35 DPIA", "Assess first.", "applies", "2018-05-25", "verified 2026-11-01")
    ]
    assert rows(law=("EUAIA",)) == []


def test_a_changed_fact_changes_its_own_cell_only() -> None:
    before = build(CARDS["dpia"], given(model__ids=("a",), rag__used=True))
    after = build(CARDS["dpia"], given(model__ids=("a",), rag__used=False))
    cells = [
        (old, new)
        for one, two in zip(before.parts, after.parts, strict=True)
        for first, second in zip(one.tables, two.tables, strict=True)
        for old, new in zip(first.rows, second.rows, strict=True)
        if old != new
    ]
    assert [(old[1], new[1]) for old, new in cells] == [("yes", "no")]


def test_a_pack_has_every_entry_also_those_that_nothing_serves() -> None:
    for name in frameworks(tuple(CATALOG.frameworks)):
        document = pack(name, given())
        entries, controls = document.parts[0].tables[0], document.parts[1].tables[0]
        if name in CATALOG.frameworks:
            known = {row[0].split(" ", 1)[0] for row in entries.rows}
            assert {key.split(" ", 1)[0] for key in CATALOG.frameworks[name].entries} <= known
        assert entries.rows and all(row[1] and row[2] for row in entries.rows)
        grounds = {row[0]: row[1] for row in document.parts[2].tables[0].rows}
        assert "scored attempt" in grounds["Attacks in it"] and "Seawall" in grounds["Made by"]
        assert "%" not in json.dumps(msgspec.to_builtins(entries))
        assert controls.rows or all(row[2] == NOTHING for row in entries.rows)
    rmf = pack("nist-ai-rmf", given())
    said = {row[0]: row[2] for row in rmf.parts[0].tables[0].rows}
    concluded = {row[0]: row[1] for row in rmf.parts[0].tables[0].rows}
    failed = [key for key, text in said.items() if "CTL-DIVERGE: tested-fail" in text]
    assert all("Against it: " in concluded[key] for key in failed)
    assert all(concluded[key] == "Nothing here shows it." for key in said if said[key] == NOTHING)
    assert NOTHING in said.values()
    assert any("CTL-DIVERGE: tested-fail" in text for text in said.values())
    shown = {row[0].split()[0]: row for row in rmf.parts[1].tables[0].rows}
    assert "probe PRB-DIVERGE" in shown["CTL-DIVERGE"][3]
    with pytest.raises(InputError, match="no framework"):
        pack("weather", given())


def test_what_a_clause_asks_is_served_by_the_controls_that_name_it() -> None:
    rows = pack("soc-2", given()).parts[0].tables[0].rows
    said = {row[0].split()[0]: row[2] for row in rows}
    shown = {row[0].split()[0]: row[1] for row in rows}
    assert "Shown by CTL-VENDOR (" in shown["SOC2-CC9.2"]
    assert "CTL-VENDOR, on LEG-11: attested" in said["SOC2-CC9.2"]
    gdpr = {row[0].split()[0]: row[2] for row in pack("gdpr", given()).parts[0].tables[0].rows}
    assert "CTL-VENDOR: attested" in gdpr["28"].splitlines(), "the control names it itself"


def test_what_endangers_only_by_a_risk_that_does_not_apply_serves_nothing() -> None:
    base = given()
    rows_ = tuple(replace(r, applicability="does not apply") for r in base.register.risks)
    found = pack("owasp-llm", base._replace(register=replace(base.register, risks=rows_)))
    assert {row[2] for row in found.parts[0].tables[0].rows} == {NOTHING}
    some = pack("owasp-llm", base).parts[0].tables[0].rows
    assert any("on SEC-01" in row[2] for row in some)


def test_hostile_words_stay_words() -> None:
    hostile = "</style><script>x</script>\u202e <img src=x>"
    base = given(purpose__intended_use=hostile)
    register = replace(base.register, application=hostile, model=hostile)
    profile = replace(base.profile, title=hostile)
    page = render(build(CARDS["dpia"], base._replace(register=register, profile=profile)))
    assert "<script" not in page and "<img" not in page and "\u202e" not in page
    tree = read(page)
    assert len(tree.all("section")) == len(CARDS["dpia"].sections) + 1
    assert "script-src" not in page and "default-src 'none'" in page


PROFILE = "application: bot\ntitle: Bot\nfacts:\n  model.ids: [gpt-4o]\n  geo.users: [eu]\n"


@pytest.mark.parametrize("kind", CARDS)
def test_the_command_writes_each_kind(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, out = tmp_path / "profile.yaml", tmp_path / "out.html"
    profile.write_text(PROFILE)
    assert run(["document", "write", kind, str(profile), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left"] > 0 and told["document"]["kind"] == kind
    page = out.read_text()
    assert "A draft:" in page and "Questions that nobody answered" in page


def test_the_command_writes_packs_and_refuses_what_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, out = tmp_path / "profile.yaml", tmp_path / "pack.html"
    profile.write_text(PROFILE)
    words = ["document", "pack", "owasp-llm", str(profile), "--out", str(out)]
    assert run([*words, "--pdf", str(tmp_path / "pack.pdf")]) == 0
    assert "LLM01" in out.read_text()
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF-")
    assert run(["document", "write", "poem", str(profile)]) == 2
    assert run(["document", "pack", "weather", str(profile)]) == 2
    other = tmp_path / "register.json"
    other.write_bytes(msgspec.json.encode(register()))
    assert run([*words, "--register", str(other)]) == 2
    assert "profile about bot" in capsys.readouterr().err
    assert run(["document", "list", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["packs"]) >= {"nist-ai-rmf", "iso-42001"}
