"""The bundled application and its model as real processes, started once for the room's tests."""

from pathlib import Path

import pytest

from seawall.core.trials import Mode
from seawall.demo.bench import Bench, provider_of
from seawall.demo.model.context import View
from seawall.demo.model.memory import memory
from seawall.demo.model.wish import Setting

TOOLS = {
    "lookup_account": ["account_id"],
    "transfer_money": ["from_account", "to_account", "amount", "memo"],
    "send_email": ["to", "subject", "body"],
    "read_file": ["path"],
    "run_python": ["code"],
}
OWN = "HB-10203040"


def known() -> Setting:
    """Return what the model knows in these tests."""
    tools = {
        name: {"name": name, "parameters": {"properties": {field: {} for field in fields}}}
        for name, fields in TOOLS.items()
    }
    people = tuple(person["name"] for person in memory().people)
    return Setting(tools=tools, own=OWN, system="Hidden rules of the bank.", persons=people)


@pytest.fixture
def setting() -> Setting:
    return known()


@pytest.fixture
def view():
    """Return a function that makes the model's view of a conversation."""

    def make(*users: str, documents=(), images=(), results=()) -> View:
        return View(
            system="Hidden rules of the bank.",
            users=list(users),
            documents=list(documents),
            images=list(images),
            results=list(results),
            setting=known(),
        )

    return make


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    """Start provider and unprotected application; yields (application, provider) addresses."""
    with Bench(Path(tmp_path_factory.mktemp("bench")), provider_of("", ""), 7) as started:
        started.start_application()
        yield started._urls[Mode.OFF], started._sims[Mode.OFF]
