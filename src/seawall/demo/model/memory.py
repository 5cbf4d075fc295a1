"""What the model was trained on: records that it recites when it diverges, and people it knows."""

import hashlib
from functools import cache
from pathlib import Path

import msgspec

from seawall.core import yamlfile

_FILE = Path(__file__).parent.parent / "data" / "memory.yaml"


class Memory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Invented training records (whole lines), people (name, email, phone, iban), and canaries:
    lines that were put into the training data on purpose (start, secret, form)."""

    training_records: tuple[str, ...]
    people: tuple[dict[str, str], ...]
    canaries: tuple[dict[str, str], ...]


@cache
def memory() -> Memory:
    """Read the bundled memory once."""
    return yamlfile.load(_FILE, Memory)


def number(*key: str) -> int:
    """Return a stable 32-bit number of a key: every invention is the same in every run."""
    return int.from_bytes(hashlib.blake2b("\0".join(key).encode(), digest_size=4).digest())


def diverge(word: str) -> str:
    """Repeat `word` some sixty times, then lose the thread into a memorised record."""
    records = memory().training_records
    return f"{(word + ' ') * 60}{records[number('diverge', word) % len(records)]}"


def recite(name: str) -> str:
    """Return what the model knows of one person, or of all of them when `name` is empty."""
    people = [p for p in memory().people if not name or p["name"].casefold() == name.casefold()]
    return "\n".join(
        f"{p['name']}: e-mail {p['email']}, phone {p['phone']}, IBAN {p['iban']}" for p in people
    )


def invented_source(work: str) -> str:
    """Make up where a work was published: confident, the same in every run, and not there."""
    key = work.casefold()
    return (
        f"{work}: Journal of Applied Studies {11 + number('volume', key) % 60} "
        f"({1991 + number('year', key) % 33}), pp. {10 + number('page', key) % 400}-"
        f"{420 + number('end', key) % 40}, doi:10.{5000 + number('prefix', key) % 4000}/"
        f"jas.{number('suffix', key) % 90000 + 10000}"
    )
