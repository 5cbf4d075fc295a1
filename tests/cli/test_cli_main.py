"""The one edge of the command line: errors become sentences and exit codes; help stays cheap."""

import json
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from fresh import passes_alone

from seawall import __version__
from seawall.cli import _lazy, main
from seawall.core.errors import (
    GateError,
    InputError,
    IntegrityError,
    MissingPartError,
    SeawallError,
    UpstreamError,
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | object], None]:
    """Make `seawall doctor` raise or return something."""

    def put(value: BaseException | object) -> None:
        def command(as_json: bool = typer.Option(False, "--json")) -> object:
            if isinstance(value, BaseException):
                raise value
            return value

        monkeypatch.setitem(
            sys.modules, "seawall.cli.doctor", types.SimpleNamespace(command=command)
        )

    return put


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SeawallError("It broke.", hint="Mend it."), 1),
        (InputError("It broke.", hint="Mend it."), 2),
        (MissingPartError("It broke.", hint="Mend it."), 3),
        (GateError("It broke.", hint="Mend it."), 4),
        (IntegrityError("It broke.", hint="Mend it."), 5),
        (UpstreamError("It broke.", hint="Mend it."), 1),
    ],
)
def test_our_errors_are_one_sentence_and_a_hint(
    run: Run, failing: Callable[[object], None], error: SeawallError, code: int
) -> None:
    failing(error)
    assert run("doctor") == (code, "", "It broke. Mend it.\n")
    assert run("doctor", "--json") == (
        code,
        json.dumps(
            {
                "error": {
                    "code": error.code,
                    "message": "It broke.",
                    "hint": "Mend it.",
                    "exit_code": code,
                }
            },
            separators=(",", ":"),
        )
        + "\n",
        "",
    )


def test_what_nobody_expected_is_one_sentence_without_traceback(
    run: Run, failing: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEAWALL_DEBUG", raising=False)
    failing(KeyError("x"))
    code, out, err = run("doctor")
    assert (code, out) == (1, "")
    assert err.startswith("Something unexpected happened: KeyError: 'x'.")
    assert "Traceback" not in err
    assert err.count("\n") == 1
    monkeypatch.setenv("SEAWALL_DEBUG", "1")
    assert "Traceback" in run("doctor")[2]


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, 0), (0, 0), (5, 5), (True, 0), (typer.Exit(4), 4), (KeyboardInterrupt(), 130)],
)
def test_what_a_command_returns_is_its_exit_code(
    run: Run, failing: Callable[[object], None], value: object, code: int
) -> None:
    failing(value)
    assert run("doctor")[0] == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("audti",), "Did you mean 'audit'?"),
        (("--nonsense",), "nonsense"),
        (("keys", "create"), "--application"),
        (("keys", "create", "--function"), "--function"),
        (("keys", "revoke"), "key_id"),
        (("audit", "show", "--last", "many"), "--last"),
        (("audit", "show", "--last", "0"), "--last"),
    ],
)
def test_usage_errors_say_what_and_how(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said.lower() in err.lower()
    assert "--help` shows how." in err
    code, out, err = run(*arguments, "--json")
    body = json.loads(out)["error"]
    assert (code, err, body["code"], body["exit_code"]) == (2, "", "usage", 2)


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"seawall {__version__}\n", "")
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert run() == (0, out, "")
    for name in _lazy.names():
        assert f"  {name} " in out


# Prints a JSON document and nothing else.
ALWAYS_JSON = {"policy schema", "mcp run", "mcp show"}


def test_every_command_has_a_file_a_summary_and_json() -> None:
    files = {path.stem for path in _lazy.FOLDER.glob("[a-z]*.py")} - {"main"}
    assert {name.replace("-", "_") for name in _lazy.names()} == files | _lazy.ALIASES.keys()
    assert set(_lazy.ALIASES.values()) <= files
    for name in _lazy.names():
        summary = _lazy.summary(name)
        assert 10 < len(summary) < 90, (name, summary)
        command = _lazy.load(name)
        leaves = getattr(command, "commands", None) or {name: command}
        for leaf_name, leaf in leaves.items():
            options = {option for param in leaf.params for option in param.opts}
            if f"{name} {leaf_name}" not in ALWAYS_JSON:
                assert "--json" in options, f"{name} {leaf_name} has no --json"
            assert leaf.help, f"{name} {leaf_name} has no help"


def test_the_order_names_planned_commands_only_once() -> None:
    names = _lazy.names()
    assert len(names) == len(set(names))
    assert names.index("serve") < names.index("audit")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from seawall.cli.main import run; assert run(['--help']) == 0\n"
        "heavy = {'sqlalchemy', 'alembic', 'numpy', 'msgspec', 'cryptography', 'rich', 'yaml',"
        " 'starlette', 'uvicorn', 'aiohttp', 'hyperscan', 'PIL', 'asyncio', 'jinja2'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "ours = {n for n in sys.modules if n.startswith('seawall.')} - {'seawall.cli',"
        " 'seawall.cli.main', 'seawall.cli._lazy', 'seawall.core', 'seawall.core.errors'}\n"
        "sys.exit(f'loaded: {loaded | ours}' if loaded | ours else 0)\n"
    )
    passes_alone(code)


def test_the_script_exits_with_the_code_and_creates_nothing(tmp_path: Path) -> None:
    script = [sys.executable, "-c", "from seawall.cli.main import main; main()"]
    missing = subprocess.run(
        [*script, "audit", "verify", "--data", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 2
    assert missing.stderr.startswith("There is no Seawall database")
    assert not (tmp_path / "none").exists()
