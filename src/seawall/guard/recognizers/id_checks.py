"""Check digits of European identifiers; each takes the characters without separators, upper case.

Sources: the issuing authorities' published algorithms. Functions stand in the countries' order.
"""

from datetime import date

from seawall.guard.recognizers.checks import luhn, verhoeff, weighted

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def day(year: int, month: int, number: int) -> bool:
    """Return whether a calendar day exists."""
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def short_day(digits: str, order: str = "ymd") -> bool:
    """Return whether six digits are a day in the 20th or 21st century."""
    part = {sign: int(digits[2 * i : 2 * i + 2]) for i, sign in enumerate(order)}
    return any(day(century + part["y"], part["m"], part["d"]) for century in (1900, 2000))


def mod11(digits: str, weights: tuple[int, ...]) -> int:
    """Return the weighted sum of digits modulo 11."""
    return weighted(digits, weights, 11)


def mod_11_10(digits: str) -> bool:
    """Return whether the ISO 7064 mod 11,10 check digit holds."""
    product = 10
    for character in digits[:-1]:
        product = ((int(character) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def at_svnr(digits: str) -> bool:
    """Austria: check digit in fourth place, day of birth behind it."""
    rest = mod11(digits[:3] + digits[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6))
    months = int(digits[6:8]) <= 15 and 1 <= int(digits[4:6]) <= 31
    return digits[0] != "0" and months and rest == int(digits[3])


def be_number(digits: str) -> bool:
    """Belgium: 97 less the number mod 97; those born from 2000 on count with a 2 in front."""
    if int(digits[2:4]) > 12 + 40 or int(digits[4:6]) > 31:
        return False
    return any(97 - int(front + digits[:9]) % 97 == int(digits[9:]) for front in ("", "2"))


def bg_egn(digits: str) -> bool:
    """Bulgaria: month plus 20 or 40 tells the century."""
    rest = mod11(digits[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 10
    month = int(digits[2:4]) % 20
    born = 1 <= month <= 12 and int(digits[2:4]) <= 52 and 1 <= int(digits[4:6]) <= 31
    return born and rest == int(digits[9])


def cz_rc(digits: str) -> bool:
    """Czechia and Slovakia: ten digits divide by 11; women's months count from 50."""
    month = int(digits[2:4]) % 50 % 20
    whole = int(digits) % 11 == 0 or (int(digits[:9]) % 11 == 10 and digits[9] == "0")
    return 1 <= month <= 12 and 1 <= int(digits[4:6]) <= 31 and whole


def de_rvnr(text: str) -> bool:
    """Germany, pension insurance number: letters count as two digits."""
    spread = text[:8] + f"{_LETTERS.index(text[8]) + 1:02d}" + text[9:11]
    total = 0
    for character, weight in zip(spread, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = int(character) * weight
        total += product // 10 + product % 10
    return total % 10 == int(text[11]) and 1 <= int(text[4:6]) <= 12


def dk_cpr(digits: str) -> bool:
    """Denmark: a day; since 2007 the check digit need not hold."""
    return short_day(digits[:6], "dmy")


def ee_lt_code(digits: str) -> bool:
    """Estonia and Lithuania: one algorithm in two rounds."""
    rest = mod11(digits[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1))
    if rest == 10:
        rest = mod11(digits[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 10
    return digits[0] in "123456" and short_day(digits[1:7]) and rest == int(digits[10])


def fi_hetu(text: str) -> bool:
    """Finland: a day and a check character mod 31 (text keeps the century's sign)."""
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31]
    return short_day(text[:6], "dmy") and check == text[10]


def gr_afm(digits: str) -> bool:
    """Greece, tax number."""
    total = sum(int(d) << (8 - i) for i, d in enumerate(digits[:8]))
    return total % 11 % 10 == int(digits[8]) and int(digits) > 0


def gr_amka(digits: str) -> bool:
    """Greece, social security: a day and Luhn."""
    return short_day(digits[:6], "dmy") and luhn(digits)


def hu_taj(digits: str) -> bool:
    """Hungary, social insurance."""
    return weighted(digits[:8], (3, 7, 3, 7, 3, 7, 3, 7), 10) == int(digits[8])


def hu_tax(digits: str) -> bool:
    """Hungary, tax identification of persons."""
    total = sum(int(d) * (i + 1) for i, d in enumerate(digits[:9])) % 11
    return digits[0] == "8" and total == int(digits[9])


def ie_pps(text: str) -> bool:
    """Ireland: mod 23 over digits and the second letter."""
    extra = 0 if len(text) == 8 or text[8] == "W" else 9 * (_LETTERS.index(text[8]) + 1)
    total = sum(int(d) * (8 - i) for i, d in enumerate(text[:7])) + extra
    return ("W" + _LETTERS)[total % 23] == text[7]


def is_kennitala(digits: str) -> bool:
    """Iceland: a day, a check digit and the century."""
    rest = 11 - mod11(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2))
    return short_day(digits[:6], "dmy") and rest % 11 == int(digits[8]) and digits[9] in "890"


def lu_number(digits: str) -> bool:
    """Luxembourg: a day, then Luhn's and Verhoeff's digit."""
    born = day(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    return born and luhn(digits[:12]) and verhoeff(digits[:11] + digits[12])


def lv_code(digits: str) -> bool:
    """Latvia: a day and a check digit; codes from 2017 on begin with 32 and hold neither."""
    if digits[:2] == "32":
        return True
    rest = (1 + mod11(digits[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10
    return short_day(digits[:6], "dmy") and rest == int(digits[10])


def no_fnr(digits: str) -> bool:
    """Norway: two check digits; D-numbers add 40 to the day, H-numbers 40 to the month."""
    first = mod11(digits[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1))
    second = mod11(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
    born = 1 <= int(digits[:2]) % 40 <= 31 and 1 <= int(digits[2:4]) % 40 <= 12
    return born and first == 0 and second == 0


def pl_nip(digits: str) -> bool:
    """Poland, tax number."""
    return mod11(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7, -1)) == 0 and digits[0] != "0"


def pt_nif(digits: str) -> bool:
    """Portugal, tax number; 45 and 70 to 79 in front are non-residents, heirs and funds."""
    rest = 11 - mod11(digits[:8], (9, 8, 7, 6, 5, 4, 3, 2))
    return (digits[0] in "12356789" or digits[:2] == "45") and rest % 11 % 10 == int(digits[8])


def ro_cnp(digits: str) -> bool:
    """Romania: sex and century, a day, a check digit."""
    rest = mod11(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9))
    return digits[0] in "123456789" and short_day(digits[1:7]) and (
        1 if rest == 10 else rest
    ) == int(digits[12])  # fmt: skip


def ru_inn(digits: str) -> bool:
    """Russia, tax number of persons: two check digits."""
    first = mod11(digits[:10], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 10
    second = mod11(digits[:11], (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 10
    return digits[10:] == f"{first}{second}" and int(digits) > 0


def ru_snils(digits: str) -> bool:
    """Russia, pension insurance."""
    total = sum(int(d) * (9 - i) for i, d in enumerate(digits[:9])) % 101 % 100
    return total == int(digits[9:]) and int(digits) > 0


def se_pnr(digits: str) -> bool:
    """Sweden: a day (coordination numbers add 60) and Luhn."""
    last = digits[-10:]
    number = int(last[4:6])
    born = f"{last[:4]}{number - 60 if number > 60 else number:02d}"
    return short_day(born) and luhn(last)


def tr_tckn(digits: str) -> bool:
    """Turkey: two check digits."""
    odd, even = sum(map(int, digits[:9:2])), sum(map(int, digits[1:8:2]))
    tenth = (odd * 7 - even) % 10 == int(digits[9])
    return digits[0] != "0" and tenth and sum(map(int, digits[:10])) % 10 == int(digits[10])


def ua_rnokpp(digits: str) -> bool:
    """Ukraine, tax number of persons."""
    total = mod11(digits[:9], (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 10
    return total == int(digits[9]) and int(digits) > 0


def uk_nhs(digits: str) -> bool:
    """United Kingdom, National Health Service."""
    rest = 11 - mod11(digits[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2))
    return rest != 10 and rest % 11 == int(digits[9]) and len(set(digits)) > 1


def uk_utr(digits: str) -> bool:
    """United Kingdom, tax reference: the check digit stands in front."""
    rest = mod11(digits[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2))
    return "21987654321"[rest] == digits[0]


def yu_jmbg(digits: str) -> bool:
    """Slovenia, Serbia, Bosnia, Montenegro and North Macedonia: a day and a check digit."""
    rest = 11 - mod11(digits[:12], (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    year = int(digits[4:7]) + (1_000 if digits[4] == "9" else 2_000)
    born = day(year, int(digits[2:4]), int(digits[:2]))
    return born and rest != 10 and rest % 11 == int(digits[12])
