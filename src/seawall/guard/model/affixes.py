"""What is glued to words in scripts where lists of whole forms would have no end."""

from collections.abc import Collection, Container
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
# A single Korean syllable is a word only before one of these: most words that start so are others.
_PARTICLES = frozenset(
    "은 는 이 가 을 를 에 에서 에게 로 으로 의 도 만 과 와 랑 이랑 한테 들 들이 들은 "  # noqa: SIM905
    "들을 들의 께 부터 까지 요 야 이야 다 나 이나 보다 처럼 마다 이다 입니다 이에요 예요 인데 인 "
    "라도 뿐 밖에 에는 에도 에만 으로는 로는 이라고 라고 이고 고".split()
)
_JOINER = "\u200c"
# Letters that Arabic lacks.
_URDU, _PERSIAN_OWN = frozenset("ٹڈڑںےہھ"), frozenset("پچژگکی")

# Vowels that Arabic and Hebrew need not write, what stretches a word, and letters of Persian keys.
_POINTS = dict.fromkeys(
    (*range(0x0591, 0x05C8), *range(0x064B, 0x0653), 0x0670, ord("ـ")), ""
) | str.maketrans("یک", "يك")


def unpointed(word: str) -> str:
    """Return a word of Arabic or Hebrew as it is mostly written."""
    return word.translate(_POINTS)


def stem(word: str, script: str, words: Container[str]) -> str:
    """Return a word without what is glued to it; empty if the rest is not one of `words`."""
    if script == "hangul":
        found = next(
            (word[:size] for size in range(len(word) - 1, 0, -1) if word[:size] in words), ""
        )
        return found if len(found) > 1 or word[1:] in _PARTICLES else ""
    if script == "devanagari":
        # The dot under a letter is as often left out, the moon above it written as a dot.
        plain = word.replace("\u093c", "").replace("\u0901", "\u0902")
        return plain if plain in words else ""
    ends = (
        word.removesuffix(one).rstrip(_JOINER)
        for one in _ENDINGS.get(script, ())
        if word.endswith(one)
    )
    rests = (word.removeprefix(one) for one in _PREFIXES.get(script, ()) if word.startswith(one))
    return next((rest for rest in chain(ends, rests) if len(rest) > 1 and rest in words), "")


def of_arabic_letters(letters: Collection[str]) -> str:
    """Return which language's words a text in Arabic letters is read in: "arabic", if no other."""
    if not _URDU.isdisjoint(letters):
        return "urdu"
    return "arabic" if _PERSIAN_OWN.isdisjoint(letters) else "persian"
