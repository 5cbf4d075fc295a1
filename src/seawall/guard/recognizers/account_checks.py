"""Check digits and forms of wallets, vehicles, bank codes, devices and network addresses."""

import hashlib
import ipaddress
import itertools
import re

from seawall.guard.reading.codecs import BASE58, number_of
from seawall.guard.recognizers.checks import luhn, weighted

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RESOLVERS = frozenset(
    ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112", "208.67.222.222",
     "208.67.220.220", "2001:4860:4860::8888", "2606:4700:4700::1111")
)  # fmt: skip
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)), strict=True)
)  # fmt: skip
_SMALL_PART = 32
# Of virtual machines, containers and documents (RFC 7042).
_VIRTUAL = ("52:54:00:", "02:42:", "00:00:5e:00:53:")
_FLOAT = re.compile(r"[0-9]+E[0-9]+")


def base58check(text: str) -> bool:
    """Return whether the four bytes at the end are the hash of the rest (Bitcoin, Tron, ...)."""
    try:
        number = number_of(text, BASE58)
    except ValueError:
        return False
    if number.bit_length() > 25 * 8:
        return False
    data = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def bech32(text: str) -> bool:
    """Return whether the checksum of a bech32 or bech32m address holds (BIP 173, BIP 350)."""
    human, _, data = text.lower().rpartition("1")
    values = [_BECH32.find(character) for character in data]
    if not human or min(values, default=-1) < 0:
        return False
    check = 1
    spread = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    for value in spread + values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(
            (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        ):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


def ethereum(text: str) -> bool:
    """Return whether a 20-byte hexadecimal address is more than a filler."""
    return len(set(text[2:].lower())) >= 8


def vin(text: str) -> bool:
    """Return whether a vehicle identification number's check digit holds (ISO 3779, 49 CFR 565)."""
    if not text.isupper() or text.isalpha() or text.isdigit() or sum(map(str.isdigit, text)) < 5:
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    if _FLOAT.fullmatch(text):
        return False
    total = sum(_VIN[c] * w for c, w in zip(text, weights, strict=True)) % 11
    return "0123456789X"[total] == text[8]


def routing(digits: str) -> bool:
    """Return whether an American bank's routing number holds (ABA: range and mod 10)."""
    first = int(digits[:2])
    ranged = first <= 12 or 21 <= first <= 32 or 61 <= first <= 72 or first == 80
    return ranged and weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1), 10) == 0 and int(digits) > 0


def imei(digits: str) -> bool:
    """Return whether a device number's Luhn digit holds."""
    return luhn(digits) and len(set(digits)) > 2


def mac(text: str) -> bool:
    """Return whether a hardware address is a device's own: no broadcast, multicast or filler."""
    octets = text.replace("-", ":").lower().split(":")
    if ":".join(octets).startswith(_VIRTUAL):
        return False
    doubled = all(octet[0] == octet[1] for octet in octets)
    return len(set(octets)) > 2 and octets[0] not in ("01", "33") and not doubled


# Eight pairs are bytes of a fingerprint: hardly an address has eight groups that small.
_PAIRS = re.compile(r"(?:[0-9a-f]{2}:){7}[0-9a-f]{2}", re.IGNORECASE)


def _filler(text: str) -> bool:
    """Return whether an address only stands for one: 1.2.3.4, 2.2.2.2."""
    parts = text.split(".")
    steps = {int(b) - int(a) for a, b in itertools.pairwise(parts)} if len(parts) == 4 else set()
    return len(steps) == 1 and steps <= {0, 1}


def public_ip(text: str) -> bool:
    """Return whether an address is routed in public and not a well-known resolver."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if _filler(text) or _PAIRS.fullmatch(text):
        return False
    return address.is_global and not address.is_multicast and str(address) not in _RESOLVERS


def network(text: str, bits: int) -> bool:
    """Return whether an IPv4 address with so many bits names a network, not a device."""
    return 0 < bits < 31 and int(ipaddress.IPv4Address(text)) % (1 << (32 - bits)) == 0


def like_a_version(text: str) -> bool:
    """Return whether all four parts are small, as in 1.4.20.7."""
    return "." in text and all(int(part) < _SMALL_PART for part in text.split("."))
