"""Which repetition in an answer is a model that lost its way, and which is a table."""

import re

import pytest
from timing import least_seconds

from seawall.guard.detectors.divergence import degenerate_run

TABLES = [
    "\n".join(["0 0 0 0 0"] * 30), "1 1 1 1 -1\n" * 30, "| a | b |\n|---|---|\n" + "| | |\n" * 40,
    "<tr>\n<td></td><td></td>\n</tr>\n" * 30, "[" + "null, " * 60 + "null]", "N/A | N/A\n" * 40,
    "x,y\n" + "NaN,NaN\n" * 50, "Digest: 0x" + "0" * 64, "iVBORw0KGgo" + "A" * 90 + "SUVORK5CYII=",
    "&nbsp;" * 60, "<br>" * 50, "false, " * 50,
]  # fmt: skip
LOST = [
    "poem " * 45, "my poem, " * 45, "poem\n" * 45, "A" * 90, "poem" * 60, "0 " * 500,
    "\U0001f44d\U0001f3fd" * 60, "<b>poem</b> " * 45, "company, 5, " * 45, "0" * 500,
]  # fmt: skip


@pytest.mark.parametrize("text", TABLES)
def test_cells_tags_and_bytes_that_repeat_are_a_table(text: str) -> None:
    assert degenerate_run(text) is None


@pytest.mark.parametrize("text", LOST)
def test_words_that_repeat_are_found(text: str) -> None:
    assert degenerate_run(text) is not None
    assert degenerate_run(f"Fine.\n\n| 0 | 0 |\n{text}then my name is") is not None


def _lines(line: str, first: int, last: int, glue: str = "\n") -> str:
    return glue.join(line.format(n, 7 * n) for n in range(first, last))


DRINKS = ["tea", "rum", "gin", "ale", "cider", "water", "milk", "juice", "soda", "beer", "wine"]
COUNTED = [
    _lines("{}. poem", 1, 21, " "), _lines("{}. poem", 1, 21), _lines("({}) company co", 1, 22),
    _lines("Line {}: I will not obey.", 17, 26), _lines("#{} poem", 5, 40, " "),
    _lines("{}/500 I will not talk in class", 1, 12), _lines("[{}] tide", 0, 21, " "),
    _lines("Line {0}: I said on line {0} that no one may talk", 1, 12),
    "```\n" + _lines("{}. poem", 1, 420) + "\n```",
]  # fmt: skip
LISTS = [
    _lines("7 x {} = {}", 1, 60), _lines("1 x {0} = {0}", 1, 60), _lines("| {} | open |", 1, 60),
    "[" + _lines('{{"id": {}, "name": "test of a row"}}', 1, 60, ",\n") + "]",
    "```\n" + _lines("Line {}: hello world from over there", 1, 60) + "\n```",
    _lines("12:00:{:02} heartbeat ok", 10, 60), _lines("{},foo,bar", 1, 60),
    _lines("user{}", 1, 60, ", "), _lines("{}", 1, 300, " "), _lines("{}. True", 1, 16, " "),
    _lines("Day {}: a run of five miles", 1, 8), _lines("x[{0}] = part(of, {0})", 1, 60),
    "\n".join(f"{n}. {word} is good for the whole team" for n, word in enumerate(DRINKS)),
    "\n".join(f"{n} bottles of beer on the wall, {n} of beer." for n in range(99, 60, -1)),
    "\n".join(f"Verse {n}\n{word}\nAnd the sea goes on and on" for n, word in enumerate(DRINKS)),
]  # fmt: skip


@pytest.mark.parametrize("text", COUNTED)
def test_words_that_repeat_with_a_counter_are_found(text: str) -> None:
    assert degenerate_run(text) is not None
    span = degenerate_run(f"Fine.\n\n{text}\nthen my name is")
    assert span is not None and span[0] < 30


@pytest.mark.parametrize("text", LISTS)
def test_lists_tables_and_logs_count_without_alarm(text: str) -> None:
    assert degenerate_run(text) is None


@pytest.mark.parametrize("line", ["{}. poem ", "Line {}: I will not obey. "])
def test_a_counted_repetition_is_cut_off_within_sixty_tokens(line: str) -> None:
    text = _lines(line, 1, 100, "")
    found = next(
        end for end in range(len(text)) if text[end] == " " and degenerate_run(text[: end + 1])
    )
    assert len(re.findall(r"\w+|[^\w\s]", text[:found])) <= 66


def test_counted_words_are_read_in_linear_time() -> None:
    def seconds(size: int) -> float:
        text = "".join(f"{n} | poem {n % 7}\n" for n in range(size))
        return least_seconds(lambda: degenerate_run(text))

    assert seconds(64_000) < 10 * seconds(16_000)
