"""People who opted out are found in examples, however they are written, and nobody else is."""

import pytest

from seawall.core.errors import InputError
from seawall.guard.training_set.subjects import Identifier, Nobody, identifier, kinds_in


class Register:
    """A register that holds the plain forms."""

    def __init__(self, *known: Identifier, users: tuple[str, ...] = ()) -> None:
        self._known = {(one.kind, one.normal) for one in known}
        self._gates = {one.gate for one in known if one.gate}
        self._users = users
        self.words = frozenset(one.words for one in known if one.words)
        self.empty = not known and not users

    def holds(self, kind: str, normal: str) -> bool:
        return (kind, normal) in self._known

    def gate(self, name: str) -> bool:
        return name in self._gates

    def chose(self, user: str) -> bool:
        return user in self._users


REGISTER = Register(
    identifier("email", "Anna.B+news@Example.org"),
    identifier("phone", "+49 170 1234567"),
    identifier("phone", "+47 22 33 44 55"),
    identifier("user-id", "Cust-4711"),
    identifier("user-id", "auth0|5F7c1a"),
    identifier("user-id", "_svc-88"),
    identifier("name", "Anna Müller-Lüdenscheidt", "1980-05-17"),
    identifier("name", "Jean Dupont", "Lyon"),
    identifier("name", "Jean Dupont", "order 88-12"),
    users=("Frieda99", "u:77"),
)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        (["Mail anna.b@example.org."], [{"email"}]),
        (["<ANNA.B+shop@EXAMPLE.ORG>"], [{"email"}]),
        (["Ring 0170/1234567, please"], [{"phone"}]),
        (["0049 170 12 34 567"], [{"phone"}]),
        (["(+47) 22334455"], [{"phone"}]),
        (["Old 0171 7654321 0170 1234567 new"], [{"phone"}]),
        (["id: CUST-4711, paid"], [{"user-id"}]),
        (["https://shop.example/u/cust-4711?tab=2"], [{"user-id"}]),
        (["x" * 125 + "/cust-4711"], [{"user-id"}]),
        (["|name|cust\u20114711|paid|"], [{"user-id"}]),
        (['{"sub":"auth0|5f7c1a"}'], [{"user-id"}]),
        (["user:auth0|5f7c1a."], [{"user-id"}]),
        (["run as _svc-88"], [{"user-id"}]),
        (["hi", "I am Frieda99."], [set(), {"user-id"}]),
        (["Mueller Luedenscheidt, Anna (born 17 May 1980)"], [{"name"}]),
        (["ANNA MÜLLER-LÜDENSCHEIDT", "on 17.05.1980"], [{"name"}, set()]),
        (["Dupont, Jean, de Lyon"], [{"name"}]),
        (["Jean Dupont asks", "about order 88-12"], [{"name"}, set()]),
        (["anna.b@example.org 0170 1234567"], [{"email", "phone"}]),
    ],
)
def test_who_opted_out_is_found(said: list[str], kinds: list[set[str]]) -> None:
    assert kinds_in(said, REGISTER) == kinds


@pytest.mark.parametrize(
    "said",
    [
        ["anna.c@example.org and anna.b@example.com"],
        ["0170 1234568", "2233445", "Order 90170123456789012345"],
        ["cust-4712 cust-47110 xcust-4711", "frieda99 and FRIEDA99"],
        ["Anna Müller-Lüdenscheidt", "born 18 May 1980"],
        ["Jean Dupont, Paris"],
        ["Lyon", "Dupont", "Jean"],
        ["", "\x00", "é\ud800"],
    ],
)
def test_others_are_not(said: list[str]) -> None:
    assert kinds_in(said, REGISTER) == [frozenset()] * len(said)


def test_nobody_is_in_an_empty_register() -> None:
    assert Nobody().empty
    assert kinds_in(["Anna Müller anna.b@example.org 0170 1234567"], Nobody()) == [frozenset()]


@pytest.mark.parametrize(
    ("kind", "value", "beside"),
    [
        ("email", "anna", ""), ("email", "a@b.example and more", ""), ("phone", "0170 1234567", ""),
        ("phone", "+49 12", ""), ("user-id", "anna", ""), ("user-id", "uid=4711", ""),
        ("user-id", "a b 123", ""), ("user-id", "1", ""), ("name", "Anna Müller", ""),
        ("name", "Anna", "Lyon"), ("name", "Anna Müller", "03/04/1980"),
        ("name", "Anna Müller", "!"), ("email", "a@b.example", "Lyon"), ("face", "x", ""),
    ],
)  # fmt: skip
def test_what_would_be_found_everywhere_is_refused(kind: str, value: str, beside: str) -> None:
    with pytest.raises(InputError) as caught:
        identifier(kind, value, beside)
    assert "anna" not in caught.value.message.lower()
