"""The `seawall` command: the one place where errors become sentences and exit codes."""

import errno
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer

from seawall import __version__
from seawall.cli._lazy import LazyGroup
from seawall.core.errors import SeawallError

# No room on the disk, in the quota, or in the largest file.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

app = typer.Typer(
    cls=LazyGroup,
    name="seawall",
    help="Assess, protect, attack, watch and prove a generative-AI application.",
    epilog="Exit codes: 0 done, 1 unexpected, 2 usage or input, 3 a part is missing, "
    "4 the gate failed, 5 integrity, 6 nothing could be scored.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seawall {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Assess, protect, attack, watch and prove a generative-AI application."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Nothing but SystemExit leaves it."""
    as_json = "--json" in itertools.takewhile(lambda one: one != "--", arguments)
    try:
        result = typer.main.get_command(app).main(
            args=list(arguments), prog_name="seawall", standalone_mode=False
        )
    except KeyboardInterrupt:
        return 130
    except typer.Abort:
        return 130
    except SeawallError as error:
        return _report(error.code, error.message, error.hint, error.exit_code, as_json)
    except OSError as error:
        if error.errno in _FULL and error.filename is None:
            return _full(error)
        if not isinstance(error.filename, str):
            return _unexpected(error, as_json)
        message = f"{error.filename}: cannot be read or written: {error.strerror}."
        return _report("invalid_input", message, "", 2, as_json)
    except Exception as error:  # noqa: BLE001 - the one edge of the command line
        return _unexpected(error, as_json)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _full(error: OSError) -> int:
    """Say on stderr that what is printed finds no room: nothing more can be said on stdout."""
    try:
        sys.stdout.flush()
    except OSError:  # what is left would be tried once more, with a traceback, at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    message = f"The output cannot be written: {error.strerror}."
    return _report("output_full", message, "Free space where it goes.", 2, as_json=False)


def _unexpected(error: Exception, as_json: bool) -> int:
    """Report a usage error of the parser (2), or a defect of ours (1)."""
    if hasattr(error, "format_message"):
        context: Any = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "seawall"
        message = str(error.format_message())
        if not message:  # a group without a command has shown its help already
            return 2
        message = message if message.endswith((".", "?")) else f"{message}."
        return _report("usage", message, f"`{where} --help` shows how.", 2, as_json)
    if os.environ.get("SEAWALL_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    detail = str(error).partition("\n")[0]
    message = f"Something unexpected happened: {type(error).__name__}: {detail}".rstrip(": ") + "."
    return _report("internal", message, "SEAWALL_DEBUG=1 shows where.", 1, as_json)


def _report(code: str, message: str, hint: str, exit_code: int, as_json: bool) -> int:
    if as_json:
        import msgspec

        body = {"code": code, "message": message, "hint": hint, "exit_code": exit_code}
        typer.echo(msgspec.json.encode({"error": body}).decode())
    else:
        typer.echo(f"{message} {hint}".strip(), err=True)
    return exit_code


def main() -> NoReturn:
    """Entry point of the `seawall` script."""
    sys.exit(run(sys.argv[1:]))
