"""Turned letters, read from the end."""

import re

ASCII = False
_SURE = re.compile("[ɐɔǝɟƃɥᴉɾʞɹʇʌʍʎ]")
_PLAIN = str.maketrans("ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹʇnʌʍʎ˙'¡¿,", "abcdefghijklmnopqrtuvwy.,!?'")


def read(text: str) -> str:
    """Turn each line that has such letters, from the first to the last of them."""
    return "\n".join(map(_turn, text.split("\n")))


def _turn(line: str) -> str:
    sure = list(_SURE.finditer(line))
    if len(sure) < 4:
        return line
    # The text may begin with letters that look the same both ways: go back to the last blank
    # that parts it from a plain sentence.
    start = line.rfind(": ", 0, sure[0].start()) + 1
    return line[:start] + " " + line[start:].translate(_PLAIN)[::-1]
