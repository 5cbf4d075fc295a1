"""Check digits of identifiers beyond Europe; like `id_checks`, in the countries' order."""

from seawall.guard.recognizers.checks import luhn, weighted
from seawall.guard.recognizers.id_checks import day, mod11, short_day

# Second digits of the provinces by first digit.
_CN_PROVINCES = {
    "1": "12345", "2": "123", "3": "1234567", "4": "123456", "5": "01234", "6": "12345", "8": "123"
}  # fmt: skip
_CN = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def ar_cuit(digits: str) -> bool:
    """Argentina: type prefix and check digit."""
    rest = 11 - mod11(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    check = {11: 0, 10: 9}.get(rest, rest)
    kinds = ("20", "23", "24", "25", "26", "27", "30", "33", "34", "50", "51", "55")
    return digits[:2] in kinds and check == int(digits[10])


def au_medicare(digits: str) -> bool:
    """Australia, Medicare number."""
    total = weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9), 10)
    return digits[0] in "23456" and total == int(digits[8])


def au_tfn(digits: str) -> bool:
    """Australia, tax file number."""
    return mod11(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) == 0 and int(digits) > 0


def br_cnpj(text: str) -> bool:
    """Brazil, companies and sole traders; since July 2026 with letters, which count on from 17."""
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    for place in (12, 13):
        values = zip(text[:place], weights[13 - place :], strict=True)
        rest = sum((ord(c) - ord("0")) * w for c, w in values) % 11
        if (0 if rest < 2 else 11 - rest) != int(text[place]):
            return False
    return len(set(text)) > 1


def ca_sin(digits: str) -> bool:
    """Canada: Luhn, and never 0 or 8 in front."""
    return digits[0] not in "08" and luhn(digits)


def cl_rut(text: str) -> bool:
    """Chile: mod 11 with K for ten."""
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4)
    rest = 11 - sum(int(d) * w for d, w in zip(text[-2::-1], weights, strict=False)) % 11
    return {11: "0", 10: "K"}.get(rest, str(rest)) == text[-1] and int(text[:-1]) > 500_000


def cn_id(text: str) -> bool:
    """China: a day and ISO 7064 mod 11-2."""
    total = sum(int(c) * w for c, w in zip(text[:17], _CN, strict=True)) % 11
    born = day(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    province = text[0] in "1234568" and text[1] in _CN_PROVINCES[text[0]]
    return born and province and "10X98765432"[total] == text[17]


def ec_cedula(digits: str) -> bool:
    """Ecuador: province, and a check digit like Luhn's."""
    return 1 <= int(digits[:2]) <= 24 and int(digits[2]) < 6 and luhn(digits)


def eg_id(digits: str) -> bool:
    """Egypt: century and a day."""
    return digits[0] in "23" and short_day(digits[1:7])


def hk_id(text: str) -> bool:
    """Hong Kong: one or two letters, six digits, check digit mod 11."""
    body = text[:-1].rjust(8)
    values = [36 if c == " " else int(c, 36) for c in body]
    total = sum(v * (9 - i) for i, v in enumerate(values))
    return "0A987654321"[total % 11] == text[-1]


def id_nik(digits: str) -> bool:
    """Indonesia: a region and a day (women's days add 40)."""
    born = f"{int(digits[6:8]) % 40:02d}{digits[8:12]}"
    return 11 <= int(digits[:2]) <= 96 and short_day(born, "dmy")


def jp_number(digits: str) -> bool:
    """Japan, My Number."""
    rest = mod11(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    return (0 if rest <= 1 else 11 - rest) == int(digits[11]) and len(set(digits)) > 1


def kr_day(digits: str) -> bool:
    """South Korea: a day only; numbers given since October 2020 have no check digit."""
    return short_day(digits[:6])


def kr_rrn(digits: str) -> bool:
    """South Korea: a day and a check digit."""
    rest = (11 - mod11(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))) % 10
    if digits[6] in "5678":
        rest = (rest + 2) % 10
    return digits[6] in "12345678" and short_day(digits[:6]) and rest == int(digits[12])


def mx_curp(text: str) -> bool:
    """Mexico: a day and a check digit over an alphabet with Ñ."""
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(alphabet.index(c) * (18 - i) for i, c in enumerate(text[:17]))
    return short_day(text[4:10]) and (10 - total % 10) % 10 == int(text[17])


def my_nric(digits: str) -> bool:
    """Malaysia: a day and a place of birth."""
    return short_day(digits[:6]) and digits[6:8] not in ("00", "17", "18", "19", "20")


def nz_ird(digits: str) -> bool:
    """New Zealand: one of two rounds of weights."""
    body = digits[:-1].zfill(8)
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        rest = -mod11(body, weights) % 11
        if rest < 10:
            return rest == int(digits[-1]) and 10_000_000 <= int(digits) <= 150_000_000
    return False


def sa_id(digits: str) -> bool:
    """Saudi Arabia: citizens and residents, Luhn."""
    return digits[0] in "12" and luhn(digits)


def sg_nric(text: str) -> bool:
    """Singapore: the check letter hangs on the first letter."""
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2), 1_000)
    tables = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    if text[0] == "T":
        return tables["S"][(total + 4) % 11] == text[8]
    if text[0] == "G":
        return tables["F"][(total + 4) % 11] == text[8]
    if text[0] == "M":
        return tables["M"][(total + 3) % 11] == text[8]
    return tables[text[0]][total % 11] == text[8]


def th_id(digits: str) -> bool:
    """Thailand."""
    total = mod11(digits[:12], (13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
    return digits[0] != "0" and (11 - total) % 10 == int(digits[12])


def tw_id(text: str) -> bool:
    """Taiwan: the letter counts as two digits."""
    number = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0])
    total = number // 10 + number % 10 * 9 + weighted(text[1:9], (8, 7, 6, 5, 4, 3, 2, 1), 1_000)
    return (total + int(text[9])) % 10 == 0


def us_itin(digits: str) -> bool:
    """United States, tax number of those without social security: ranges of the middle group."""
    middle = int(digits[3:5])
    return (
        digits[0] == "9" and (50 <= middle <= 65 or 70 <= middle <= 99) and middle not in (89, 93)
    )


def us_npi(digits: str) -> bool:
    """United States, health-care providers."""
    return digits[0] in "12" and luhn("80840" + digits)


def uy_ci(digits: str) -> bool:
    """Uruguay."""
    return -weighted(digits[:7], (2, 9, 8, 7, 6, 3, 4), 10) % 10 == int(digits[7])


def vn_cccd(digits: str) -> bool:
    """Vietnam: a province, then century and sex."""
    return digits[0] == "0" and digits[3] in "0123" and 1 <= int(digits[:3]) <= 96


def za_id(digits: str) -> bool:
    """South Africa: a day, citizenship and Luhn."""
    return short_day(digits[:6]) and digits[10] in "012" and luhn(digits)
