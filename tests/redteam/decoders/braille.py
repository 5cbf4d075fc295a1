"""Braille by its dots: the first ten letters, then with dot 3, then with dots 3 and 6."""

_TEN = ("1", "12", "14", "145", "15", "124", "1245", "125", "24", "245")
_CELLS = {frozenset(dots): "abcdefghij"[place] for place, dots in enumerate(_TEN)}
_CELLS |= {frozenset(dots + "3"): "klmnopqrst"[place] for place, dots in enumerate(_TEN)}
_CELLS |= {frozenset(dots + "36"): "uvxyz"[place] for place, dots in enumerate(_TEN[:5])}
_CELLS[frozenset("2456")] = "w"


def _letter(sign: str) -> str:
    bits = ord(sign) - 0x2800
    if not 0 < bits < 256:
        return sign
    return _CELLS[frozenset(str(dot + 1) for dot in range(6) if bits >> dot & 1)]


def decode(text: str) -> str:
    return "".join(map(_letter, text))
