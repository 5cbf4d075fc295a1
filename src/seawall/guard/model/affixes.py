"""What is glued to words in scripts where lists of whole forms would have no end."""

from collections.abc import Collection
from itertools import chain

_ARABIC = ("وال", "بال", "لل", "ال", "و", "ب", "ل", "ف", "ك")
_HEBREW = "ו ה ב ל מ ש כ וה וב ול ומ וש וכ שה שב של שמ שכ מה מש כש לכש ושה כשה וכש ומה"
_PREFIXES = {
    "arabic": _ARABIC,
    "persian": _ARABIC,
    "urdu": _ARABIC,
    "hebrew": tuple(_HEBREW.split()),
}
# The longest first; between a Persian word and its ending may stand a joiner.
_BENGALI = (
    "গুলোকে গুলোতে গুলোর গুলিকে গুলির গুলো গুলি টাকে টাতে টার টিকে টিতে টির দেরকে দের েরা রা টা টি "
    "কেও কেই েরই কে ের তেই তে য়ের য়ে র ে য় ও ই না নি"
)
_PERSIAN = (
    "هایشان هایمان هاشون هامون هایم هایت هایش هایی های هام هات هاش هارو ها ترین تر شان مان تان شون "
    "مون تون اند ان ام ات اش ای ست رو م ت ش و ی ه"
)
_ENDINGS = {"bengali": tuple(_BENGALI.split()), "persian": tuple(_PERSIAN.split())}
_JOINER = "\u200c"
# Letters that Arabic lacks.
_URDU, _PERSIAN_OWN = frozenset("ٹڈڑںےہھ"), frozenset("پچژگکی")


def stem(word: str, script: str, words: Collection[str]) -> str:
    """Return a word without what is glued to it; empty if the rest is not one of `words`."""
    ends = (
        word.removesuffix(one).rstrip(_JOINER)
        for one in _ENDINGS.get(script, ())
        if word.endswith(one)
    )
    starts = (word.removeprefix(one) for one in _PREFIXES.get(script, ()) if word.startswith(one))
    return next((rest for rest in chain(ends, starts) if len(rest) > 1 and rest in words), "")


def of_arabic_letters(letters: Collection[str]) -> str:
    """Return which language's words a text in Arabic letters is read in: "arabic", if no other."""
    if not _URDU.isdisjoint(letters):
        return "urdu"
    return "arabic" if _PERSIAN_OWN.isdisjoint(letters) else "persian"
