"""The terminal's side of an interview: print a question, read a line."""

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from seawall.assess.interview.session import Session
    from seawall.catalog.model import Question
    from seawall.core.profile import Fact

_SHOWN_GROUNDS = 3
_TYPES = {
    "yes-no": "yes or no",
    "number": "a number (2000, 2k, 1.5m)",
    "list": "words, separated by commas; none for nothing",
    "text": "a sentence",
    "choice": "one number or word",
    "choices": "numbers or words, separated by commas; none for nothing",
}
_HELP = (
    "unknown  nobody knows yet: counts against the application until somebody does\n"
    "skip     ask me next time\n"
    "back     to the question before\n"
    "quit     stop here; everything so far is written\n"
    "An empty line keeps the answer that is shown."
)


def head(given: dict[str, Any], stem: str) -> dict[str, Any]:
    """Ask for what a new profile needs and the command line does not say."""
    found = {key: value for key, value in given.items() if value}
    typer.echo("First the application; `quit` stops, and nothing is written yet.")
    if "application" not in found:
        found["application"] = _line("Short id of the application", stem)
    if "title" not in found:
        found["title"] = _line("Its name for people", found["application"])
    if "currency" not in found:
        found["currency"] = _currency()
    while found["currency"] != "EUR" and not found.get("per_eur"):
        found["per_eur"] = _rate(_line(f"How many {found['currency']} does one EUR buy?", ""))
    return found


def _currency() -> str:
    """Ask for a currency until three letters are given."""
    while True:
        code = _line("Currency of its money facts", "EUR").upper()
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code
        typer.echo("  A currency has three letters, like EUR or USD.")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate < 1e9:
        typer.echo("  That is no number above 0.")
        return 0.0
    return rate


def _line(prompt: str, default: str) -> str:
    shown = f"{prompt} [{default}]: " if default else f"{prompt}: "
    text = _read(shown)
    if text.lower() == "quit":
        raise typer.Exit(0)
    return text or default


def _read(prompt: str) -> str:
    """Read a line. The end of the input, and Ctrl-C, leave as `quit` does."""
    try:
        return input(prompt).strip()
    except EOFError:
        typer.echo("")
        raise typer.Abort from None


def talk(session: "Session") -> None:
    """Ask until nothing is left or the person stops. Every answer is written before the next."""
    typer.echo("Answer with a word, a number of the list, or: unknown, skip, back, quit, help.")
    while (question := session.current) is not None:
        _print(session, question)
        while True:
            try:
                line = _read("> ")
            except (typer.Abort, KeyboardInterrupt):
                line = "quit"
            reply = session.say(line)
            if reply.message:
                typer.echo(f"  {reply.message}")
            if reply.move == "help":
                typer.echo(_HELP)
            if reply.move not in ("help", "refused"):
                break
        if reply.move == "quit":
            return


def _print(session: "Session", question: "Question") -> None:
    done = session.progress
    typer.echo(f"\n{question.id}  ({done.answered} of {done.total} answered)  {question.ask}")
    typer.echo(f"  Why: {question.why}")
    _print_options(question)
    if (fact := session.offered) is not None:
        typer.echo(f"  {_offer(fact)}")
    typer.echo(f"  Answer: {_TYPES[question.type]}.")


def _print_options(question: "Question") -> None:
    """Print the options in one line, or one a line where they need a word of explanation."""
    numbered = [f"{n} {name}" for n, name in enumerate(question.options, 1)]
    if question.meanings:
        width = max(len(text) for text in numbered)
        for text, name in zip(numbered, question.options, strict=True):
            typer.echo(f"  {text:<{width}}  {question.meanings.get(name, '')}".rstrip())
    elif numbered:
        typer.echo("  " + "  ".join(numbered))


def _offer(fact: "Fact") -> str:
    from seawall.assess.applicability import shown

    places = "; ".join(fact.grounds[:_SHOWN_GROUNDS])
    more = len(fact.grounds) - _SHOWN_GROUNDS
    grounds = f" ({places}{f' and {more} more' if more > 0 else ''})" if places else ""
    return (
        f"So far: {shown(fact.value)}, from {fact.source or 'the file'}{grounds}. Enter keeps it."
    )
