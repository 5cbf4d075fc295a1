"""Names and addresses: found in eight languages, towns alone left alone, linear in the text."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall import Guard
from seawall.core.errors import MissingPartError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action
from seawall.guard import cards
from seawall.guard.contract import Context, Subject
from seawall.guard.model import tagger
from seawall.guard.model.states import States
from seawall.guard.model.tagger import KINDS, LABELS, REACH, Tagger
from seawall.guard.model.tokens import (
    BITS,
    CASES,
    FEATURES,
    features,
    of_word,
    of_words,
    tokens,
    words_in,
)
from seawall.guard.self_test import part_at
from seawall.guard.views import read
from seawall.policy.model import GuardRule

DATA = Path(__file__).parents[2] / "training" / "data" / "personal"
WEIGHTS = Path(tagger.__file__).parent / "weights" / "names.npz"
TAGGER = tagger.load()
DETECTOR = cards.build("personal-names")


def labels(text: str, least: float = 0.5) -> list[tuple[str, str]]:
    """Return (label, text) of what the detector finds with at least this score."""
    subject = Subject(part=part_at(Stage.INPUT, text), views=read(text).views)
    found = DETECTOR.detect(subject, Context()).findings
    return [(item.label, text[item.start : item.end]) for item in found if item.score >= least]


FOUND = [
    ("My name is {}, I moved last week.", "Hannah Blackwood", "person"),
    ("hello my name is {} and i cannot log in", "oliver hargreaves", "person"),
    ("Dear Ms {}, your appointment is on Friday.", "Whitfield", "person"),
    ("Kind regards,\n{}\nHead of Purchasing", "Ingrid Sørensen", "person"),
    ("Name: {}\nE-mail: a@b.example", "Chidi Okonjo", "person"),
    ("I live at {} and need a plumber.", "27 Birchwood Lane", "street-address"),
    ("Please send it to {}.", "1184 Willow Creek Drive, Apt 5, Dayton 45402", "street-address"),
    ("Mein Name ist {} und ich habe eine Frage.", "Friederike Baumgartner", "person"),
    ("Ich wohne in der {}.", "Kastanienallee 82, 10435 Berlin", "street-address"),
    ("Bonjour, je m'appelle {} et j'ai un problème.", "Mathilde Garnier", "person"),
    ("J'habite au {}.", "15 rue des Acacias, 69003 Lyon", "street-address"),
    ("Hola, me llamo {} y no puedo entrar.", "Marcos Villalobos", "person"),
    ("Vivo en {}.", "Calle de Serrano 45, 28001 Madrid", "street-address"),
    ("Buongiorno, mi chiamo {}.", "Federica Montanari", "person"),
    ("Abito in {}.", "via Mazzini 9, 40137 Bologna", "street-address"),
    ("Hallo, ik ben {} en ik heb een vraag.", "Marieke Hofstra", "person"),
    ("Ik woon op {}.", "Lindelaan 33, 3581 AB Utrecht", "street-address"),
    ("Dzień dobry, nazywam się {}.", "Agnieszka Zielińska", "person"),
    ("Mój adres to {}.", "ul. Słowackiego 12, 31-159 Kraków", "street-address"),
    ("Olá, meu nome é {}.", "Rodrigo Cavalcanti", "person"),
    ("Moro na {}.", "Rua Augusta, 950, São Paulo", "street-address"),
]  # fmt: skip


@pytest.mark.parametrize(("around", "value", "label"), FOUND)
def test_found_whole(around: str, value: str, label: str) -> None:
    assert (label, value) in labels(around.format(value))


@pytest.mark.parametrize(
    "text",
    [
        "How do I get from Hamburg to Copenhagen by train?",
        "Paris is the capital of France.",
        "The meeting in Vienna was moved from May to June.",
        "Der Bundestag und die Europäische Union haben das Gesetz beschlossen.",
        "Die Katze sitzt auf dem Tisch und der Hund im Garten.",
        "import numpy as np\n\ndef mean_of(values):\n    return np.mean(values)",
        "Which is faster, a Boeing or an Airbus?",
        "Pride and Prejudice is on the shelf.",
        "Le musée est fermé le mardi. Il faut réserver.",
        "Quanto custa o envio para o Brasil?",
        "Kindly fill in your name, your address and your phone number.",
        "Hello, can you help me reset my password?",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert labels(text) == []


def test_a_table_of_lines_names_nobody() -> None:
    drawn = ("╔═══╦═══╗\n║   ║   ║\n╚═══╩═══╝\n") * 30
    assert {f.category for f in Guard().check(drawn, "document").findings} == set()


def test_our_ordinary_sentences_are_left_alone() -> None:
    lines = (DATA / "plain.jsonl").read_text(encoding="utf-8").splitlines()
    flagged = [row for row in map(json.loads, lines) if labels(row["text"])]
    assert len(flagged) <= len(lines) // 20


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"vorname": "Walentina", "nachname": "Staude", "ort": "Kiel"}', ["Walentina", "Staude"]),
        ("<firstName>Eric</firstName><lastName>Russell</lastName>", ["Eric", "Russell"]),
        ("cognome,nome,eta\nGottardi,Giuseppe,44\nCanetta,Gianni,51",
         ["Gottardi", "Giuseppe", "Canetta", "Gianni"]),
        ("first_name=Mercy&last_name=O'Brien-Diaz&x=1", ["Mercy", "O'Brien-Diaz"]),
    ],
)  # fmt: skip
def test_fields_that_ask_for_a_name_hold_one(text: str, names: list[str]) -> None:
    found = {value for label, value in labels(text) if label == "person"}
    assert found >= set(names)


def test_fields_that_ask_for_an_address_hold_one() -> None:
    text = '{"ship_to": {"line1": "23556 Richard Mountain", "city_zip": "Rachelfurt, GA 85506"}}'
    wanted = {
        ("street-address", "23556 Richard Mountain"),
        ("street-address", "Rachelfurt, GA 85506"),
    }
    assert wanted <= {*labels(text)}
    assert ("street-address", "46235 Erkelenz") in labels('{"ort": "46235 Erkelenz"}')
    for other in (
        '{"address": "10.0.0.4:8080"}',
        '{"address": "0x7ffee3b0c2a8"}',
        '{"ort": "Kiel"}',
    ):
        assert not labels(other)


@pytest.mark.parametrize(
    "text",
    ["first_name = models.CharField(max_length=40)", "firstName: String, lastName: String",
     "Data de nascimento: 1984-02-29", "P.IVA 01234567897",
     "| F | x | nata a |", "surname,firstname\nrequired,optional"],
)  # fmt: skip
def test_fields_without_a_name_hold_none(text: str) -> None:
    assert labels(text) == []


def test_a_town_alone_counts_only_for_who_asks() -> None:
    text = "I come from Hamburg and live in Lisbon."
    assert labels(text) == []
    assert {label for label, _ in labels(text, 0.3)} == {"location"}


def test_what_no_rule_counts_is_left_out_and_all_else_stays() -> None:
    text = "I come from Hamburg and live in Lisbon. My name is Hannah Blackwood, I moved last week."
    subject = Subject(part=part_at(Stage.INPUT, text), views=read(text).views)
    everything = DETECTOR.detect(subject, Context()).findings
    for least in (0.3, 0.49, 0.5, 0.9):
        counted = DETECTOR.detect(subject, Context(least=least)).findings
        assert counted == tuple(one for one in everything if one.score >= least)
    assert {"person", "location"} <= {one.label for one in everything}


NAMES_OUT = GuardRule(
    detector="personal-names", control="CTL-PII", action=Action.REDACT, stages=(Stage.INPUT,)
)


def test_a_rule_takes_names_and_addresses_out() -> None:
    text = "Hi, I'm Hannah Blackwood, 27 Birchwood Lane, Leeds LS6 2AB."
    found = Guard([NAMES_OUT]).check(text)
    assert found.action is Action.REDACT
    assert found.redacted is not None
    assert "Hannah" not in found.redacted
    assert "Birchwood" not in found.redacted
    assert {item.category for item in found.findings} >= {"person", "street-address"}


def test_by_default_names_are_flagged_and_stay() -> None:
    found = Guard().check("Hi, I'm Hannah Blackwood, could you water my plants?")
    assert found.action is Action.FLAG
    assert found.redacted is None
    assert {item.category for item in found.findings} == {"person"}


def test_an_encoded_name_is_found() -> None:
    # base64 of "My name is Hannah Blackwood and I live at 27 Birchwood Lane."
    hidden = "TXkgbmFtZSBpcyBIYW5uYWggQmxhY2t3b29kIGFuZCBJIGxpdmUgYXQgMjcgQmlyY2h3b29kIExhbmUu"
    assert (("person", hidden)) in labels(hidden)


def test_offsets_hold_in_a_text_with_wide_and_lengthening_letters() -> None:
    text = "İ 🦀 ﬁ — my name is Hannah Blackwood."
    assert ("person", "Hannah Blackwood") in labels(text)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_entities_are_in_order_apart_and_inside(text: str) -> None:
    last = 0
    for entity in TAGGER.entities(text):
        assert last <= entity.start < entity.end <= len(text)
        assert entity.kind in KINDS
        assert 0 < entity.score <= 1.0001
        last = entity.end


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_features_have_their_shape(text: str) -> None:
    spans = tokens(text)
    found = features(text, spans, TAGGER._known)
    assert found.shape == (len(spans), FEATURES)
    assert not found.size or (found.min() >= 0 and found.max() < 1 << BITS)
    assert TAGGER.probabilities(text).shape == (len(spans), LABELS)


def test_blocks_give_what_one_pass_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Dear Ms Whitfield, please write to 27 Birchwood Lane, Leeds. Hannah Blackwood\n" * 30
    monkeypatch.setattr(tagger, "_BLOCK", 10**9)
    whole = TAGGER.probabilities(text)
    for size in (REACH, 64, 100, 480):
        monkeypatch.setattr(tagger, "_BLOCK", size)
        assert np.allclose(TAGGER.probabilities(text), whole, atol=1e-5)


def test_work_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    real = TAGGER._network

    class Counted:
        def run(self, names: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
            rows.append(len(given["state"]))
            return list(real.run(names, given))

    monkeypatch.setattr(TAGGER, "_network", Counted())
    TAGGER.entities("word " * 20_000)
    assert sum(rows) <= 20_000 * 1.1
    assert max(rows) <= 600
    rows.clear()
    TAGGER.entities("a" * 200_000)
    assert rows == [1]


_ODD = (
    "İ",
    "İstanbul",
    "ẞ",
    "ß",
    "٣٤",
    "0",
    "12345",
    "²",
    "Ⅷ",
    "ǅ",
    "ﬁ",
    "x" * 60,
    "McDONALD",
    "猫",
)


def _random_words(count: int) -> list[str]:
    rng = random.Random(5)
    letters = "abcdeéßžABCDÉŽ猫дД"
    made = ["".join(rng.choices(letters, k=rng.randrange(1, 12))) for _ in range(count)]
    return list(dict.fromkeys([*_ODD, *made]))


def test_one_word_has_the_features_that_it_has_among_many() -> None:
    words = _random_words(2000)
    seen, cases = of_words(words, TAGGER._known)
    alone = [of_word(word, TAGGER._known) for word in words]
    assert seen.tolist() == [found for found, _ in alone]
    assert cases.tolist() == [case for _, case in alone]
    assert set(cases.tolist()) == set(range(CASES)) - {5}
    assert [of_word(sign, TAGGER._known)[1] for sign in "-,\n–"] == [5, 5, 5, 0]


def test_states_are_the_sums_of_all_features() -> None:
    tables = np.load(WEIGHTS)
    table, scale = tables["table"], tables["scale"]
    states = States(table, scale, TAGGER._known)
    rng = random.Random(9)
    for size in (1, 3, 300, 300, 40):
        text = "".join(
            f"{w}{' ' * rng.randrange(5)}" for w in rng.choices(_random_words(400), k=size)
        )
        text += " ΟΔΟΣ'Α" * (size == 40)
        words, spans = words_in(text)
        seen = features(text, spans, TAGGER._known)
        expected = table[seen].sum(axis=1, dtype=np.int32).astype(np.float32) * scale
        assert np.array_equal(states(text, words, spans), expected)


def test_what_is_kept_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.guard.model.states._KEPT", 50)
    tables = np.load(WEIGHTS)
    states = States(tables["table"], tables["scale"], TAGGER._known)
    text = " ".join(_random_words(200))
    words, spans = words_in(text)
    once, again = states(text, words, spans), states(text, words, spans)
    assert np.array_equal(once, again)
    assert len(states._rows) == 50


def test_threads_get_equal_answers() -> None:
    texts = [around.format(value) for around, value, _ in FOUND] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(TAGGER.entities, texts)) == [TAGGER.entities(t) for t in texts]


def test_the_weights_are_small_and_missing_ones_say_so(tmp_path: Path) -> None:
    assert WEIGHTS.stat().st_size <= 4_000_000
    with pytest.raises(MissingPartError, match="cannot be read"):
        Tagger.load(tmp_path / "names.npz")
    (tmp_path / "names.npz").write_bytes(WEIGHTS.read_bytes()[:5000])
    with pytest.raises(MissingPartError, match="cannot be read"):
        Tagger.load(tmp_path / "names.npz")
