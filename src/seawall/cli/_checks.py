"""The checks of `seawall doctor`: each looks at one thing and says what to do about it."""

import io
import os
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

State = Literal["ok", "warning", "missing", "damaged"]
# A problem's exit code: a part is missing (3), stored or installed files are damaged (5).
EXIT_CODES: dict[State, int] = {"ok": 0, "warning": 0, "missing": 3, "damaged": 5}
LEAST_FREE = 200 * 1024 * 1024
TESTED = ((3, 11), (3, 13))


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check; `hint` says what to do where it is not ok."""

    name: str
    state: State
    detail: str
    hint: str = ""


def python() -> Check:
    """Check that this Python is one that Seawall is tested with."""
    version = ".".join(map(str, sys.version_info[:3]))
    if TESTED[0] <= sys.version_info[:2] <= TESTED[1]:
        return Check(name="python", state="ok", detail=version)
    hint = "Use Python 3.11, 3.12 or 3.13."
    return Check(name="python", state="warning", detail=f"{version} is not tested", hint=hint)


def hyperscan() -> Check:
    """Compile a pattern and find it: the guard's pattern pass needs it."""
    hint = "Install Seawall again; the wheel needs x86-64 or Arm on Linux or macOS."
    try:
        import hyperscan as engine

        database = engine.Database()
        database.compile(expressions=[rb"sea\s*wall"], ids=[7], flags=[0])
        found: list[int] = []
        database.scan(b"a sea wall", match_event_handler=lambda *hit: found.append(hit[0]))
    except Exception as error:  # noqa: BLE001 - any failure of a native part is the finding
        return Check(name="hyperscan", state="missing", detail=str(error), hint=hint)
    if 7 not in found:
        return Check(name="hyperscan", state="damaged", detail="misses a plain match", hint=hint)
    return Check(name="hyperscan", state="ok", detail="compiles and finds")


def tesseract() -> Check:
    """Draw a word and read it: text in images is guarded through it."""
    from PIL import Image, ImageDraw, ImageFont

    from seawall.guard.ocr import read_image

    image = Image.new("RGB", (420, 90), "white")
    ImageDraw.Draw(image).text((20, 20), "HARBOUR 4711", "black", ImageFont.load_default(40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    hint = "Install the package tesseract-ocr; until then images are refused."
    try:
        text = read_image(buffer.getvalue())
    except Exception as error:  # noqa: BLE001 - any failure of an external program is the finding
        detail = getattr(error, "message", str(error))
        return Check(name="tesseract", state="missing", detail=detail, hint=hint)
    if "4711" not in text:
        detail = f"read {text[:40]!r} instead of a printed word"
        return Check(name="tesseract", state="missing", detail=detail, hint=hint)
    return Check(name="tesseract", state="ok", detail="reads text in an image")


def detectors() -> Check:
    """Run every detector on the examples of its card."""
    from seawall.core.errors import SeawallError
    from seawall.guard import cards
    from seawall.guard.patterns import PatternSet
    from seawall.guard.self_test import failures

    hint = "Do not serve traffic; install Seawall again."
    try:
        known = cards.cards()
        built = {name: cards.build(name) for name in known}
        patterns = PatternSet((name, p) for name, one in built.items() for p in one.patterns())
        problems = failures(built, patterns)
    except (SeawallError, ImportError) as error:
        return Check(name="detectors", state="damaged", detail=str(error), hint=hint)
    examples = sum(len(card.found) + len(card.clean) for card in known.values())
    if problems:
        return Check(
            name="detectors",
            state="damaged",
            detail=f"{len(problems)} of {examples} examples fail: {'; '.join(problems[:5])}",
            hint=hint,
        )
    detail = f"{len(built)} detectors judge {examples} examples as their cards say"
    return Check(name="detectors", state="ok", detail=detail)


def data_folder(folder: Path) -> Check:
    """Check that the data folder can be written, is private and has room. Creates nothing."""
    name = "data folder"
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    hint = "Name another folder with --data, or free space."
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        detail = f"{nearest} cannot be written"
        return Check(name=name, state="missing", detail=detail, hint=hint)
    free = shutil.disk_usage(nearest).free
    if free < LEAST_FREE:
        detail = f"{free // 2**20} MB free; without room nothing is audited, so nothing is answered"
        return Check(name=name, state="warning", detail=detail, hint=hint)
    if not folder.exists():
        return Check(name=name, state="ok", detail=f"{folder} will be created")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        return Check(
            name=name,
            state="warning",
            detail=f"{folder} can be opened by others (mode {mode:o})",
            hint=f"chmod 700 {folder}",
        )
    return Check(name=name, state="ok", detail=f"{folder} is writable and private")


def database(folder: Path, env: Mapping[str, str]) -> Check:
    """Check that an existing database can be read, fits this program, and its keys their pepper."""
    from seawall.core.errors import InputError, SeawallError
    from seawall.store.db import (
        known_revision,
        open_for_reading,
        place_of,
        revision,
        unusable,
    )
    from seawall.store.pepper import keys_without_pepper

    try:
        path, url = place_of(folder, env)
        if not url and not path.is_file():
            return Check(name="database", state="ok", detail="none yet")
        store = open_for_reading(folder, env=env, any_schema=True)
    except SeawallError as error:
        return Check(name="database", state="missing", detail=error.message, hint=error.hint)
    try:
        schema = revision(store)
        lost = keys_without_pepper(store, env)
    except (SeawallError, OSError, sqlite3.Error) as error:
        return Check(name="database", state="damaged", detail=str(error))
    except Exception as error:  # noqa: BLE001 - SQLAlchemy wraps what a damaged file makes of it
        told = unusable(store, error)
        state: State = "missing" if isinstance(told, InputError) else "damaged"
        detail = told.message.split("\n")[0]
        return Check(name="database", state=state, detail=detail, hint=told.hint)
    finally:
        store.close()
    if schema is None or schema > known_revision():
        detail = f"schema {schema} is not one of this program's"
        return Check(name="database", state="damaged", detail=detail, hint="Upgrade Seawall.")
    if lost:
        return Check(
            name="database",
            state="missing",
            detail=f"{lost} API keys were made with another pepper and open nothing",
            hint="Restore the file pepper, set SEAWALL_PEPPER, or create new keys.",
        )
    return Check(name="database", state="ok", detail=f"schema {schema}, keys fit their pepper")


def port(number: int) -> Check:
    """Check that the gateway's port on this machine is free."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
        except OSError as error:
            return Check(
                name="port",
                state="warning",
                detail=f"127.0.0.1:{number} cannot be used: {error.strerror}",
                hint="Choose another with --port; a running gateway uses its own.",
            )
    return Check(name="port", state="ok", detail=f"127.0.0.1:{number} is free")


def all_checks(folder: Path, number: int) -> dict[str, Callable[[], Check]]:
    """Return every check by name, in the order in which a start would need them."""
    return {
        "python": python,
        "hyperscan": hyperscan,
        "tesseract": tesseract,
        "detectors": detectors,
        "data folder": lambda: data_folder(folder),
        "database": lambda: database(folder, os.environ),
        "port": lambda: port(number),
    }
