"""Write src/seawall/guard/reading/homoglyphs.py: look-alike letters to ASCII.

Two sources, both in this file or the standard library: the Unicode names of Latin letters with
strokes, hooks, small capitals or turns, and a list of letters of other scripts that we find to
look like a Latin letter in common fonts. Run: python scripts/build_homoglyphs.py
"""

import re
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/seawall/guard/reading/homoglyphs.py"
LATIN = re.compile(
    r"(?:MODIFIER LETTER |COMBINING )?LATIN (?P<case>SMALL|CAPITAL|LETTER SMALL CAPITAL)"
    r"(?: LETTER| CAPITAL)? (?:TURNED |REVERSED |SIDEWAYS |INSULAR |OPEN |CLOSED |BARRED |DOTLESS |"
    r"SCRIPT |LONG |HALF |BLACKLETTER |INVERTED )*(?P<letter>[A-Z])(?: WITH .*)?$"
)
BOXED = re.compile(
    r"(?:REGIONAL INDICATOR SYMBOL|(?:NEGATIVE )?(?:CIRCLED|SQUARED|CROSSED NEGATIVE SQUARED)"
    r"(?: LATIN CAPITAL)?|TORTOISE SHELL BRACKETED LATIN CAPITAL|CIRCLED ITALIC LATIN CAPITAL)"
    r" LETTER (?P<letter>[A-Z])$"
)
# script and letter name -> the Latin letter it is read as (lower case unless only capitals do)
NAMED = {
    "CYRILLIC SMALL LETTER": {
        "A": "a", "IE": "e", "O": "o", "ER": "p", "ES": "c", "U": "y", "HA": "x", "DZE": "s",
        "BYELORUSSIAN-UKRAINIAN I": "i", "YI": "i", "JE": "j", "SHHA": "h", "KOMI DE": "d",
        "QA": "q", "WE": "w", "PALOCHKA": "l", "KA": "k", "VE": "b", "EM": "m", "EN": "h",
        "TE": "t", "STRAIGHT U": "y", "IZHITSA": "v", "SHORT I": "n", "GHE": "r", "IO": "e",
        "PE": "n", "I": "u",
    },
    "CYRILLIC CAPITAL LETTER": {
        "A": "A", "VE": "B", "IE": "E", "KA": "K", "EM": "M", "EN": "H", "O": "O", "ER": "P",
        "ES": "C", "TE": "T", "U": "Y", "HA": "X", "DZE": "S", "BYELORUSSIAN-UKRAINIAN I": "I",
        "YI": "I", "JE": "J", "SHHA": "h", "QA": "Q", "WE": "W", "PALOCHKA": "I",
        "STRAIGHT U": "Y", "IZHITSA": "V", "KOMI DE": "d", "IO": "E",
    },
    "GREEK SMALL LETTER": {
        "ALPHA": "a", "BETA": "b", "GAMMA": "y", "EPSILON": "e", "ETA": "n", "IOTA": "i",
        "KAPPA": "k", "MU": "u", "NU": "v", "OMICRON": "o", "RHO": "p", "SIGMA": "o",
        "FINAL SIGMA": "c", "TAU": "t", "UPSILON": "u", "CHI": "x", "OMEGA": "w", "ZETA": "z",
    },
    "GREEK CAPITAL LETTER": {
        "ALPHA": "A", "BETA": "B", "EPSILON": "E", "ZETA": "Z", "ETA": "H", "IOTA": "I",
        "KAPPA": "K", "MU": "M", "NU": "N", "OMICRON": "O", "RHO": "P", "TAU": "T",
        "UPSILON": "Y", "CHI": "X",
    },
    "ARMENIAN SMALL LETTER": {
        "AYB": "w", "GIM": "q", "HO": "h", "INI": "h", "VO": "n", "SEH": "u", "OH": "o",
        "CO": "g", "VEW": "v", "TIWN": "w", "YIWN": "l", "NOW": "u", "ZA": "q",
    },
    "ARMENIAN CAPITAL LETTER": {"SEH": "U", "OH": "O", "TIWN": "S", "VO": "n", "YIWN": "L"},
    "HEBREW LETTER": {"SAMEKH": "o", "VAV": "l", "NUN": "j"},
    "ARABIC LETTER": {"HEH": "o", "ALEF": "l"},
    "CHEROKEE LETTER": {
        "GO": "A", "YV": "B", "TLI": "C", "A": "D", "GV": "E", "NAH": "G", "MI": "H", "GU": "J",
        "TSO": "K", "TLE": "L", "LU": "M", "TLV": "P", "E": "R", "DU": "S", "I": "T", "DO": "V",
        "LA": "W", "NO": "Z", "SI": "b", "GI": "Y", "S": "o", "HE": "P",
    },
    "COPTIC SMALL LETTER": {
        "ALFA": "a", "EIE": "e", "IAUDA": "i", "KAPA": "k", "MI": "m", "NI": "n", "O": "o",
        "RO": "p", "SIMA": "c", "TAU": "t", "UA": "y", "KHI": "x", "OOU": "w", "VIDA": "b",
    },
    "LISU LETTER": {
        "BA": "B", "PA": "P", "DA": "D", "TA": "T", "GA": "G", "KA": "K", "JA": "J", "CA": "C",
        "DZA": "?", "TSA": "F", "MA": "M", "NA": "N", "LA": "L", "SA": "S", "ZA": "Z", "NGA": "V",
        "HA": "H", "XA": "X", "FA": "?", "WA": "W", "YA": "Y", "A": "A", "E": "E", "I": "I",
        "O": "O", "U": "U", "ZHA": "R",
    },
}  # fmt: skip
SINGLE = {
    "\u0131": "i", "\u0237": "j", "\u0251": "a", "\u0261": "g", "\u0269": "i", "\u026a": "i",
    "\u028b": "v", "\u0259": "e", "\u025b": "e", "\u0254": "o", "\u0265": "h", "\u0283": "s",
    "\u01dd": "e", "\u1d09": "i", "\u025f": "f", "\u1d79": "g", "\u2113": "l", "\u212e": "e",
    "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE",
    "\u00f8": "o", "\u00d8": "O", "\u00f0": "d", "\u00fe": "th", "\u00d7": "x", "\u2228": "v",
    "\u2223": "l", "\u01c0": "l", "\u05c0": "l", "\u2010": "-", "\u2011": "-", "\u2012": "-",
    "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2018": "'", "\u2019": "'", "\u02bc": "'",
    "\u201c": '"', "\u201d": '"', "\u0417": "3", "\u01b7": "3", "\u0292": "3", "\u04e0": "3",
    "\u0431": "6", "\u2c7c": "j", "\u0271": "m", "\u2217": "*", "\u2215": "/", "\u2044": "/",
    "\u0253": "b", "\u0266": "h", "\u01a8": "s", "\u01bd": "s", "\u0280": "r", "\u0299": "b",
    "\u0262": "g", "\u029c": "h", "\u029f": "l", "\u0274": "n", "\u028f": "y",
    "\u2202": "d", "\u20ac": "e", "\u00a3": "l", "\u20bf": "b", "\u00a5": "y", "\u00a2": "c",
}  # fmt: skip
_DOTS = (
    "1 12 14 145 15 124 1245 125 24 245 13 123 134 1345 135 1234 12345 1235 234 2345 136 1236 "
    "2456 1346 13456 1356"
)
BRAILLE = "abcdefghijklmnopqrstuvwxyz"
DOTS = _DOTS.split(" ")


def from_names() -> dict[str, str]:
    """Return the Latin letters and boxed letters that Unicode's names describe."""
    table: dict[str, str] = {}
    for code in range(0x80, sys.maxunicode + 1):
        char = chr(code)
        name = unicodedata.name(char, "")
        if match := BOXED.match(name):
            table[char] = match["letter"].lower()
        elif match := LATIN.match(name):
            small = match["case"] != "CAPITAL"
            table[char] = match["letter"].lower() if small else match["letter"]
    return table


def _char(name: str) -> str:
    """Return the character of that name, also without LETTER's case word; empty if none."""
    for spelled in (name, name.replace("CAPITAL ", ""), name.replace("LISU ", "LISU LETTER ")):
        try:
            return unicodedata.lookup(spelled)
        except KeyError:
            continue
    print("no such character:", name)
    return ""


def from_scripts() -> dict[str, str]:
    """Return the look-alikes of other scripts."""
    table = {}
    for prefix, letters in NAMED.items():
        for name, latin in letters.items():
            char = _char(f"{prefix} {name}")
            if char and latin != "?":
                table[char] = latin
    return table


def braille() -> dict[str, str]:
    """Return the braille cells of the letters (dots 1-6 are bits 0-5 above U+2800)."""
    return {
        chr(0x2800 + sum(1 << (int(dot) - 1) for dot in dots)): letter
        for letter, dots in zip(BRAILLE, DOTS, strict=True)
    }


def _split(chars: list[str]) -> list[str]:
    """Return the characters as escapes, in pieces that fit a line."""
    escaped = [f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in chars]
    return ["".join(escaped[start : start + 8]) for start in range(0, len(escaped), 8)]


def main() -> int:
    """Write the table."""
    table = from_names() | from_scripts() | braille() | SINGLE
    plain: dict[str, list[str]] = {}
    for char, latin in sorted(table.items()):
        plain.setdefault(latin, []).append(char)
    lines = [
        '"""Look-alike letters to ASCII. Generated by scripts/build_homoglyphs.py; do not edit."""',
        "",
        "_BY_LETTER: dict[str, str] = {",
    ]
    for latin, chars in sorted(plain.items()):
        quoted = "\n        ".join(f'"{piece}"' for piece in _split(chars))
        lines.append(f"    {latin!r}: (\n        {quoted}\n    ),")
    lines += [
        "}",
        "HOMOGLYPHS: dict[str, str] = {",
        "    char: latin for latin, chars in _BY_LETTER.items() for char in chars",
        "}",
        "",
    ]
    TARGET.write_text("\n".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
