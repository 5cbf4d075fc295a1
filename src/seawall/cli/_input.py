"""What commands are given: JSON files and days, read with errors that name them; pages written."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
WROTE = "`seawall assess --out` writes a register, `seawall demo` a summary too."


def read_json(path: Path, kind: type[T], *, what: str = "", hint: str = WROTE) -> T:
    """Read a JSON file into `kind`; `what` is how an error calls that. Raises InputError."""
    import msgspec

    from seawall.core.errors import InputError
    from seawall.core.notjson import NOT_JSON

    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    except NOT_JSON as error:
        name = what or f"{kind.__name__.lower()} of ours"
        raise InputError(f"{path}: is no {name}: {error}.", hint=hint) from None


def write_page(path: Path, page: str | bytes) -> None:
    """Write a whole file. Raises InputError naming it."""
    from seawall.core.errors import InputError
    from seawall.core.files import write_atomically

    try:
        write_atomically(path, page)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from None


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


def read_day(text: str, option: str, *, hint: str = "Write it like 2026-11-28.") -> date:
    """Return the day that an option names. Raises InputError."""
    from seawall.core.errors import InputError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option}: {text!r} is no day.", hint=hint) from None


def day_or_today(text: str, option: str) -> date:
    """Return the day that an option names; today where it is empty. Raises InputError."""
    return read_day(text, option) if text else today()
