"""The table that the text itself gives."""

import re


def decode(text: str) -> str:
    pairs = dict(re.findall(r"\b([a-z]) ?(?:=|->) ?([a-z])\b", text)[:26])
    back = {new: old for old, new in pairs.items()}
    back |= {new.upper(): old.upper() for new, old in back.items()}
    return text.split("\n", 1)[1].strip("\n").translate(str.maketrans(back))
