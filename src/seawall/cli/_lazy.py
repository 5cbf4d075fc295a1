"""Sub-commands that are imported only when they run: `cli/<name>.py` is `seawall <name>`."""

import importlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

FOLDER = Path(__file__).parent
# The loop's order; a command that is not named here comes after these, by name.
ORDER = (
    "demo", "serve", "init", "discover", "assess", "policy", "attack", "redteam", "gate", "report",
    "catalog", "audit", "keys",
)  # fmt: skip
# Second names: the same commands under another name.
ALIASES = {"redteam": "attack"}
# Typer adds these to every app that does not say otherwise; they belong to no sub-command.
_COMPLETION = ("install_completion", "show_completion")


def names() -> list[str]:
    """Return the commands' names in the order of the help text."""
    found = {
        path.stem.replace("_", "-")
        for path in FOLDER.glob("*.py")
        if path.stem != "main" and not path.stem.startswith("_")
    } | ALIASES.keys()
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def summary(name: str) -> str:
    """Return a command's short help: the first line of its file's docstring, not imported."""
    if name in ALIASES:
        return f"Another name of `seawall {ALIASES[name]}`: the same commands"
    with (FOLDER / f"{name.replace('-', '_')}.py").open(encoding="utf-8") as file:
        first = file.readline().strip()
    return first.strip('"').strip().rstrip(".")


def load(name: str) -> Any:
    """Import `cli/<name>.py` and return its command: `app` (a Typer) or `command` (a function)."""
    file = ALIASES.get(name, name).replace("-", "_")
    module = importlib.import_module(f"seawall.cli.{file}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False)
        app.command(name)(module.command)
    command = typer.main.get_command(app)
    command.name = name
    command.params = [param for param in command.params if param.name not in _COMPLETION]
    return command


class LazyCommands(MutableMapping[str, Any]):
    """Knows every command's name; imports a command when it is looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            if name not in names():
                raise KeyError(name)
            self._loaded[name] = load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())


class LazyGroup(TyperGroup):
    """The root command: its help text reads first lines of files instead of importing them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = LazyCommands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the loop's order."""
        return names()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in names()])
