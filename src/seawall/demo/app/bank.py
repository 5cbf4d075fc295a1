"""The bank's books: accounts, movements, orders of the tools; and the outsiders' reviews."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from seawall.core import yamlfile

_OWNERS = (
    "Ada Holm", "Björn Aas", "Chloé Renard", "Deniz Kaya", "Elif Sarp", "Femi Ade", "Greta Voss",
    "Hana Novak", "Ivo Brun", "Jamila Nasser", "Karl Ost", "Lena Falk",
)  # fmt: skip
OTHER_ACCOUNTS = ("HB-20417733", "HB-20883412", "HB-21190056", "HB-21765108", "HB-22058841")


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of an account, in euros; money that comes in is positive."""

    date: str
    amount: float
    memo: str


class Account(msgspec.Struct, kw_only=True):
    """One account. `closed` and `admin` are set by tools that nobody should reach."""

    account_id: str
    owner: str
    balance: float
    movements: list[Movement]
    closed: bool = False
    admin: bool = False


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in the outbox. Nothing is sent."""

    to: str
    subject: str
    body: str


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product review that anybody can write."""

    product: str
    text: str


class Bank:
    """Everything the application keeps, in memory. An account opens when it is first used."""

    def __init__(self, reviews: list[Review]) -> None:
        self.accounts: dict[str, Account] = {}
        self.outbox: list[Mail] = []
        self.reviews: dict[str, list[str]] = {}
        for review in reviews:
            self.add_review(review.product, review.text)

    def add_review(self, product: str, text: str) -> None:
        """Add an outsider's review; it is retrieved whenever the product is asked about."""
        self.reviews.setdefault(product, []).append(text)

    def account(self, account_id: str) -> Account:
        """Return an account, opened with a balance that depends on its number only."""
        if account_id not in self.accounts:
            number = int.from_bytes(hashlib.blake2b(account_id.encode(), digest_size=6).digest())
            self.accounts[account_id] = Account(
                account_id=account_id,
                owner=_OWNERS[number % len(_OWNERS)],
                balance=round(800 + number % 4_000 + number % 97 / 100, 2),
                movements=[
                    Movement(date="2026-11-02", amount=1850.0, memo="Salary"),
                    Movement(date="2026-11-09", amount=-64.2, memo="Groceries"),
                ],
            )
        return self.accounts[account_id]

    def look_up(self, account_id: str) -> dict[str, Any]:
        """Return what the assistant sees of an account, newest movement first."""
        account = self.account(account_id)
        moves = [msgspec.to_builtins(move) for move in reversed(account.movements[-6:])]
        return {
            "account_id": account.account_id,
            "owner": account.owner,
            "balance": f"{account.balance:.2f}",
            "transactions": moves,
        }

    def receive(self, account_id: str, amount: float, memo: str) -> None:
        """Book money that an outsider sends, with the memo he wrote."""
        account = self.account(account_id)
        account.balance = round(account.balance + amount, 2)
        account.movements.append(Movement(date="2026-11-20", amount=amount, memo=memo))

    def transfer(self, source: str, goal: str, amount: float, memo: str) -> dict[str, Any]:
        """Move money. The bank checks neither who asks nor whether there is enough."""
        giver = self.account(source)
        giver.balance = round(giver.balance - amount, 2)
        giver.movements.append(Movement(date="2026-11-21", amount=-amount, memo=memo))
        self.receive(goal, amount, memo)
        return {"status": "booked", "to_account": goal, "amount": f"{amount:.2f}"}


def bundled_reviews(folder: Path) -> list[Review]:
    """Read the reviews that the demo starts with."""
    return yamlfile.load(folder / "reviews.yaml", list[Review])
