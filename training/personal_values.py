"""Values for the slots of templates: names, streets, towns and firms from Faker and from here."""

import random
import re
import zlib
from collections import Counter
from functools import cache

from faker import Faker

from training.personal_words import COUNTRIES, FIRMS, GIVEN, PLACES, STREETS, SURNAMES

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt")
_HOME = {
    "en": ("en_US", "en_GB", "en_AU", "en_CA", "en_IN", "en_IE"),
    "de": ("de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_CH", "fr_CA"),
    "es": ("es_ES", "es_MX", "es_AR", "es_CO"),
    "it": ("it_IT",),
    "nl": ("nl_NL", "nl_BE"),
    "pl": ("pl_PL",),
    "pt": ("pt_BR", "pt_PT"),
}
_ABROAD = (
    "sv_SE", "da_DK", "fi_FI", "no_NO", "cs_CZ", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "tr_TR",
    "sk_SK", "et_EE", "lt_LT", "el_GR", "id_ID", "vi_VN",
)  # fmt: skip
_DRAWN = {"first_name": 2500, "last_name": 2500}
_TITLES = {
    "en": ("Dr.", "Mr.", "Mrs.", "Ms."), "de": ("Dr.", "Herr", "Frau"), "fr": ("Mme", "M."),
    "es": ("Sr.", "Sra.", "D."), "it": ("Dott.", "Sig."), "nl": ("dhr.", "mevr."),
    "pl": ("dr", "mgr"), "pt": ("Sr.", "Dra."),
}  # fmt: skip


def kept_back(name: str) -> bool:
    """Return whether a name is never trained on, so that unseen names can be measured."""
    return zlib.crc32(name.lower().encode()) % 10 == 0


@cache
def _pool(locale: str, what: str) -> list[str]:
    """Return the different values that one locale gives in a fixed number of draws."""
    maker = Faker(locale)
    maker.seed_instance(zlib.crc32(f"{locale}/{what}".encode()))
    draw = getattr(maker, what, None) or maker.city
    return sorted({str(draw()) for _ in range(_DRAWN.get(what, 700))})


def word_lists() -> tuple[list[str], ...]:
    """Return the words of given names, surnames, towns and streets that may be trained on."""
    locales = [*dict.fromkeys(one for group in _HOME.values() for one in group), *_ABROAD]
    given = [*GIVEN, *(name for one in locales for name in _pool(one, "first_name"))]
    family = [*SURNAMES, *(name for one in locales for name in _pool(one, "last_name"))]
    towns = [name for one in locales for name in _pool(one, "city")]
    roads = Counter(
        word for one in locales for name in _pool(one, "street_name") for word in _words(name)
    )
    known = [name for group in COUNTRIES.values() for name in group] + list(PLACES)
    places = {word for name in known for word in _words(name)} - {"new", "united", "south"}
    own = [word for group in STREETS.values() for name in group for word in _words(name)]
    return (
        sorted(_kept(given) - places),
        sorted(_kept(family) - places),
        sorted({word for name in towns for word in _words(name)} | places),
        sorted({*own, *(word for word, count in roads.items() if count > 2)}),
    )


def _kept(names: list[str]) -> set[str]:
    return {word for name in names if not kept_back(name) for word in _words(name)}


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", name.lower()) if len(word) > 2]


class Values:
    """Draws values. `unseen`: names that are kept back from training, and only those."""

    def __init__(self, seed: int, *, unseen: bool = False) -> None:
        self.random = random.Random(seed)
        self._unseen = unseen

    def _locale(self, language: str, abroad: float) -> str:
        if self.random.random() < abroad:
            return self.random.choice(_ABROAD)
        return self.random.choice(_HOME[language])

    def _name(self, own: tuple[str, ...], locale: str, what: str) -> str:
        for _ in range(60):
            source = own if self.random.random() < 0.25 else _pool(locale, what)
            name = self.random.choice(source)
            if kept_back(name) == self._unseen:
                return name
        return self.random.choice([name for name in own if kept_back(name) == self._unseen])

    def given(self, language: str, locale: str = "") -> str:
        """Return a given name."""
        return self._name(GIVEN, locale or self._locale(language, 0.25), "first_name")

    def family(self, language: str, locale: str = "") -> str:
        """Return a surname."""
        return self._name(SURNAMES, locale or self._locale(language, 0.25), "last_name")

    def person(self, language: str) -> str:
        """Return a whole name as people write it."""
        locale = self._locale(language, 0.3)
        given, family = self.given(language, locale), self.family(language, locale)
        form = self.random.random()
        if form < 0.68:
            return f"{given} {family}"
        if form < 0.74:
            return f"{given} {self.random.choice('ABCDEFGHJKLMNPRSTW')}. {family}"
        if form < 0.77:
            return f"{given} {self.random.choice('ABCDEFGHJKLMNPRSTW')} {family}"
        if form < 0.81:
            return f"{given} {self.given(language, locale)} {family}"
        if form < 0.85:
            return f"{given} {family}-{self.family(language, locale)}"
        if form < 0.88 and language in ("es", "pt"):
            return f"{given} {family} {self.family(language, locale)}"
        if form < 0.91:
            return f"{given[0]}. {family}"
        if form < 0.94:
            return f"{family}, {given}"
        return f"{self.random.choice(_TITLES[language])} {given} {family}"

    def city(self, language: str) -> str:
        """Return a town."""
        return self.random.choice(_pool(self._locale(language, 0.25), "city"))

    def country(self, language: str) -> str:
        """Return a country in the language."""
        return self.random.choice(COUNTRIES[language])

    def org(self, language: str) -> str:
        """Return a firm."""
        if self.random.random() < 0.5:
            return self.random.choice(FIRMS)
        return self.random.choice(_pool(self._locale(language, 0.15), "company"))

    def _number(self) -> str:
        number = str(self.random.choice((self.random.randint(1, 40), self.random.randint(1, 260))))
        return number + (self.random.choice("abcABC") if self.random.random() < 0.12 else "")

    def street(self, language: str) -> str:
        """Return a street with its number, in the order of the country."""
        pick = self.random.random()
        if pick < 0.55:
            name = self.random.choice(STREETS[language])
            number = self._number()
            first = language == "en" or (language == "fr" and self.random.random() < 0.9)
            if first:
                number = (
                    number
                    if language == "fr" or pick < 0.4
                    else str(self.random.randint(100, 9900))
                )
                found = f"{number} {name}"
            else:
                comma = ", " if language in ("es", "it", "pt") and pick < 0.35 else " "
                found = f"{name}{comma}{number}"
        else:
            locale = self._locale(language, 0.2)
            found = self.random.choice(_pool(locale, "street_address")).replace("\n", ", ")
        if language == "en" and self.random.random() < 0.2:
            flat = self.random.choice(("Apt. {}", "Apt {}", "Suite {}", "Unit {}", "#{}"))
            found = f"{found}{self.random.choice((' ', ', '))}{flat.format(self._number())}"
        if language == "en" and self.random.random() < 0.08:
            found = f"Flat {self._number()}, {found}"
        return found

    def address(self, language: str) -> str:
        """Return a whole address, on one line or several."""
        breaks = self.random.choice((", ", ", ", "\n", " ", "\n "))
        if self.random.random() < 0.06:
            return self._box(breaks)
        zone, city = self._post_code(language), self.city(language)
        town = (
            f"{city} {zone}"
            if language == "en" and self.random.random() < 0.8
            else f"{zone} {city}"
        )
        if self.random.random() < 0.15:
            town = city
        street = self.street(language)
        if self.random.random() < 0.12:
            street = f"{self.random.randint(1, 99999):02d} {street}"
        parts = [street, town]
        if self.random.random() < 0.25:
            country = self.country(language)
            parts.append(f"{country} {zone}" if self.random.random() < 0.4 else country)
        return breaks.join(parts)

    def _box(self, breaks: str) -> str:
        digits = self.random.randint
        return self.random.choice(
            (
                f"PO Box {digits(10, 9999)}{breaks}{self.city('en')} {digits(10000, 99999)}",
                f"P.O. Box {digits(10, 9999)}",
                f"PSC {digits(1, 9999):04d}, Box {digits(1, 9999)}{breaks}APO AE {digits(9000, 9999):05d}",
                f"Unit {digits(1000, 9999)} Box {digits(1, 9999):04d}{breaks}DPO AP {digits(10000, 99999)}",
                f"USNS {self.family('en')}{breaks}FPO AA {digits(10000, 99999)}",
                f"Postfach {digits(100, 9999)}{breaks}{digits(10000, 99999)} {self.city('de')}",
            )
        )

    def _post_code(self, language: str) -> str:
        return self.random.choice(_pool(self._locale(language, 0.15), "postcode"))

    def plain(self, slot: str) -> str:
        """Return a value that is none of the tagger's business."""
        digits = self.random.randint
        if slot == "phone":
            return self.random.choice(
                _pool(self.random.choice(("en_US", "de_DE", "fr_FR")), "phone_number")
            )
        if slot == "email":
            return self.random.choice(_pool("en_US", "email"))
        if slot == "date":
            day, month, year = digits(1, 28), digits(1, 12), digits(1940, 2026)
            return self.random.choice(
                (f"{day}.{month}.{year}", f"{year}-{month:02d}-{day:02d}", f"{day}/{month}/{year}")
            )
        if slot == "time":
            return f"{digits(7, 21)}:{digits(0, 59):02d}"
        if slot == "amount":
            return self.random.choice(
                (f"{digits(10, 9000)} EUR", f"${digits(10, 9000)}", f"{digits(1, 90)},50 €")
            )
        if slot == "id":
            return f"{self.random.choice('ABCDKLXZ')}{digits(10**6, 10**9)}"
        return str(digits(1000, 999999))
