"""What a text asks for: the effects that its words request, and those that they forbid."""

import itertools
import re
from typing import Any

import msgspec
import re2

from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.words import DELETE, HANDLE, PAY, READ, SEND, WRITE

_TOKEN = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,128}\w|[^\W_]+(?:['’\-][^\W_]+)*|[.!?;:\n,。！？]")
_ELIDED = re.compile(r"^(?:[dlnsmtjc]|qu)['’](?=\w{3})")
# German "ne" is an article; the French one has its second half behind.
ARTICLE = re.compile(
    r"\bne\b(?!(?: [\w'’-]+){0,5} (?:pas|plus|jamais|rien|guère|point|que|personne)\b)"
)
_STOP = frozenset(".!?;:\n,。！？")
_BREAK = frozenset(".!?;\n。！？")
_ME = frozenset("me us mir uns moi me nous mi noi mij ons mnie мне нам".split())
_READ_WITH_ME = frozenset("tell give show send read text get let report answer".split())
_WORD_LIMIT = 4000
_IF_CLAUSE = 2
# What is done to something; as a subject it says who does it.
_OBJECTS = frozenset("it them him her us this that".split())
_SENDS = "send"
# Who sends one of these, and no sum, pays nothing.
_PAPERS = frozenset(
    "draft complaint summary report statement list file files document documents copy link photo photos picture pictures "
    "report minutes form contract receipt reminder".split()
)
# Things that carry a number: "order 5512" is one, not a doing.
_NUMBERED = frozenset("order transfer ticket issue call file report claim request refund".split())
_SUM: Any = re2.compile(
    r"[$€£¥₽]|\b(?:eur|usd|gbp|chf|jpy)\b|\b\d+[.,]\d{2}\b|\b[a-z]{2}\d{2}[ ]?[a-z0-9]{4}[ ]?[a-z0-9]{4,}"
)
# "don't forget to" asks for what follows.
_NOT_LEFT_OUT = frozenset(
    "forget fail hesitate omit miss neglect vergiss vergessen oublie oubliez olvides olvide "
    "dimenticare dimentica esqueça vergeet zapomnij забудь".split()
)
# In "if it isn't there ask me" it is the condition that is negated, and not the asking.
_BEING = frozenset("is are was were has".split())
_NOT_BEING = frozenset(one + end for one in _BEING for end in ("n't", "n’t"))
_UNTIL = frozenset({"before"})
_TIME_ENDS = frozenset("and then or but".split())
_PAST_NOT = frozenset(
    one + end for one in ("has", "have", "had", "did", "does") for end in ("n't", "n’t")
)
_NOUNS = ("tion", "ción", "ment", "ing", "er", "or", "ed")
_DETERMINERS = frozenset("the a an this that these those my our your his her its their no".split())
_WHOLE = frozenset("all both the these those every each".split())
_RELATIVE = frozenset("what which who whom whose how whatever whoever where that".split())
_CAN = frozenset("can could would will should".split())
# "Make the transfer", "carry out the swap": what is made is the doing.
_PERFORMS = frozenset("do make perform out execute arrange".split())
# Says that something named before is to be done.
_DO_IT = re.compile(
    r"(?:^|[.!?;:,\n] ?|\b(?:please|so|then|and|just) )(?:do (?:it|so|that|this)|go ahead|carry (?:it|that) out|"
    r"see to (?:it|that)|make it so|mach das|tu das|erledige das|fais-le|hazlo|fallo|faça isso)\b"
)
# "The auditor wants to see the books": somebody else gets them.
_WANTS_TO_HAVE = re.compile(
    r"\b(?:wants|needs|wishes|would like|gets?|should be able|is allowed) to (?:see|have|get|know|read|comment|edit|view)\b|"
    r"\bgets? (?:an? |the )?(?:message|mail|e-mail|note|text|copy|reminder|link|access)\b|\b(?:for|into|to) #[\w-]+"
)
# "Get the bloods going": whatever that takes.
_SETS = frozenset("get have gets".split())
_SETS_OFF = frozenset("going underway done started sorted".split())
_TAKES = frozenset("take throw kick cross strike".split())
_SPANS = frozenset("monthly weekly yearly daily hourly family only early friendly".split())
_TWO_WORDS: dict[tuple[str, str], str] = {
    ("take", "care"): HANDLE, ("see", "to"): HANDLE, ("look", "after"): HANDLE,
    ("deal", "with"): HANDLE, ("call", "off"): DELETE, ("throw", "away"): DELETE,
    ("throw", "out"): DELETE, ("cross", "off"): DELETE, ("take", "down"): DELETE,
    ("go", "ahead"): HANDLE, ("let", "out"): WRITE, ("let", "in"): WRITE, ("hand", "out"): WRITE,
    ("under", "way"): HANDLE, ("get", "going"): HANDLE, ("get", "done"): HANDLE,
    ("goes", "to"): SEND, ("top", "up"): WRITE, ("stock", "up"): WRITE,
    ("pass", "on"): SEND, ("write", "back"): SEND, ("get", "back"): SEND, ("hand", "over"): SEND,
    ("fill", "in"): SEND, ("pay", "back"): PAY, ("money", "back"): PAY, ("give", "back"): PAY, ("put", "off"): WRITE,
    ("bring", "forward"): WRITE, ("push", "back"): WRITE, ("hand", "back"): PAY, ("make", "sure"): WRITE, ("check", "out"): PAY,
    ("jot", "down"): WRITE, ("go", "back"): WRITE, ("roll", "back"): WRITE, ("send", "back"): WRITE,
    ("stuur", "terug"): WRITE, ("schick", "zurück"): WRITE, ("manda", "indietro"): WRITE, ("sign", "up"): WRITE, ("line", "up"): WRITE,
}  # fmt: skip


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """Effects that a text requests or forbids, and its words.

    `weak`: effects a word could stand for where it may as well be a noun or a past event.
    """

    effects: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def openings(folded: str) -> frozenset[str]:
    """Return the words that stand where a doing is expected, known or not, without their ending.

    They begin a clause or follow "please", "to", "be".
    """
    tokens = _TOKEN.findall(folded)[:_WORD_LIMIT]
    found: set[str] = set()
    for before, token in itertools.pairwise((".", *tokens)):
        if before in _STOP or before in lexicon.STARTERS or before == "be":
            found |= {token, token.removesuffix("ed"), token.removesuffix("d")}
    return frozenset(found - _STOP)


def _english(tokens: list[str], folded: str) -> bool:
    """Say whether a text is English, so that stems of other languages do not apply to it."""
    own = sum(token in lexicon.ENGLISH_MARKS for token in tokens)
    other = sum(token in lexicon.OTHER_MARKS for token in tokens)
    return not other and folded.isascii() if own == other else own > other


def _negated(tokens: list[str], at: int) -> bool:
    for back in range(at - 1, max(0, at - 3) - 1, -1):
        token = tokens[back]
        if token in _STOP or token in _NOT_LEFT_OUT:
            return False
        if token in _UNTIL and _TIME_ENDS & set(tokens[back + 1 : at]):
            return False  # "lands before 3pm and mail him"
        if _of_condition(tokens, back, at):
            continue
        if token in _PAST_NOT and back + 1 < at:
            continue  # "who hasn't paid gets a note": it denies its own word
        if token in lexicon.NEGATIONS or token.endswith(("n't", "n’t")):
            return True
    return False


def _of_condition(tokens: list[str], back: int, at: int) -> bool:
    """Say whether the negation at `back` stands in a condition, and not before the doing at `at`.

    "If not, remind him"; "if it isn't there ask". In "if in doubt do not pay" it forbids.
    """
    before = tokens[back - 1] if back else ""
    if tokens[back] == "not" and before == "if":
        return True
    on_being = tokens[back] in _NOT_BEING or (tokens[back] == "not" and before in _BEING)
    if not on_being or back + 1 == at or tokens[at - 1] == "to":
        return False
    low = next((i + 1 for i in range(back - 1, -1, -1) if tokens[i] in _STOP), 0)
    return tokens[low] == "if"


def _is_request(tokens: list[str], at: int) -> bool:
    """Say whether the English verb at `at` asks, and does not name a thing or tell a story."""
    before = tokens[at - 1] if at else "."
    if tokens[at] == "owe" and before == "i":
        return True
    if before in _DETERMINERS and at > 1 and tokens[at - 2] in _PERFORMS:
        return not _told_about(tokens, at - 2)
    if tokens[at] in lexicon.NOUN_VERBS and not _opens_clause(tokens, at):
        return False
    if before in _DETERMINERS or _told_about(tokens, at):
        return False
    if before in lexicon.PRONOUNS:
        earlier = tokens[at - 2] if at > 1 else "."
        return earlier in lexicon.HELPERS or (before in _OBJECTS and _after_condition(tokens, at))
    return not (before in ("to", "the") and at > 1 and tokens[at - 2] in ("according", "due"))


def _told_about(tokens: list[str], at: int) -> bool:
    """Say whether a doing is somebody else's: "what guests write", "as the mail asks"."""
    if tokens[at - 1] in _STOP or tokens[at - 1] in lexicon.STARTERS:
        return False
    for token in reversed(tokens[max(0, at - 3) : at]):
        if token in _STOP or token in lexicon.STARTERS:
            return False
        if token in _RELATIVE:
            return True
    return False


def _opens_clause(tokens: list[str], at: int) -> bool:
    """Say whether a word that is as often a thing stands where a doing is expected."""
    before = tokens[at - 1] if at else "."
    if at + 1 < len(tokens) and tokens[at + 1][:1].isdigit() and tokens[at] in _NUMBERED:
        return False
    return (
        before in _STOP
        or before in lexicon.STARTERS
        or _asks_somebody(tokens, at)
        or _ends_condition(tokens, at)
        or (before.endswith("ly") and before not in _SPANS)
    )


def _after_condition(tokens: list[str], at: int) -> bool:
    """Say whether a sentence opened with a condition that has a doing: "if they moved it put"."""
    low = next((i + 1 for i in range(at - 1, -1, -1) if tokens[i] in _BREAK), 0)
    return tokens[low] in ("if", "when", "once") and at - low > _IF_CLAUSE + 1


def _ends_condition(tokens: list[str], at: int) -> bool:
    """Say whether a word closes a sentence that begins with "if": "if it isn't there ask"."""
    if at + 1 < len(tokens) and tokens[at + 1] not in _BREAK:
        return False
    low = next((i + 1 for i in range(at - 1, -1, -1) if tokens[i] in _BREAK), 0)
    return tokens[low] == "if" and at - low > _IF_CLAUSE and tokens[at - 1] not in _DETERMINERS


def _asks_somebody(tokens: list[str], at: int) -> bool:
    """Say whether a question to somebody comes before: "can the assistant answer X"."""
    for back in (2, 3):
        if at >= back and tokens[at - back] in _CAN:
            between = tokens[at - back + 1 : at]
            return _STOP.isdisjoint(between) and (
                (back == 3 and between[0] in _DETERMINERS)
                or (back == 2 and between[0] not in lexicon.PRONOUNS | _DETERMINERS)
            )
    return False


def _money(tokens: list[str], folded: str) -> bool:
    """Say whether the text speaks of money, so that words like "send" may ask for a payment."""
    return not lexicon.MONEY_WORDS.isdisjoint(tokens) or _SUM.search(folded) is not None


def _clause(tokens: list[str], at: int) -> list[str]:
    """Return the words of the clause after `at`, eight at most."""
    rest = tokens[at + 1 : at + 9]
    return rest[: next((i for i, token in enumerate(rest) if token in _BREAK), len(rest))]


def _out_of(clause: list[str]) -> bool:
    """Say whether what is taken goes out of something: "take him out of the group"."""
    at = next((i for i, one in enumerate(clause) if one in ("out", "off")), -1)
    return at > 0 and clause[at + 1 : at + 2] in (["of"], ["the"], ["my"], ["our"])


def _does(tokens: list[str], at: int) -> bool:
    """Say whether somebody is told to do a thing: "do all the payments", and no question."""
    if tokens[at] != "do" or (at and not _opens_clause(tokens, at)):
        return False
    ends = next((token for token in tokens[at:] if token in _BREAK), "")
    if ends == "?" and (not at or tokens[at - 1] in _STOP):
        return False  # "do the payments look right?"
    return not _WHOLE.isdisjoint(tokens[at + 1 : at + 2])


def _made(tokens: list[str], at: int) -> set[str]:
    """Return the effects of the thing that a word like "make" or "write" is about."""
    found: set[str] = set()
    for token in tokens[at + 1 : at + 7]:
        if token in _BREAK:
            break
        if effect := lexicon.THING_EFFECT.get(token, lexicon.THING_EFFECT.get(token[:-1])):
            found.add(effect)
    return found


def _pays_not(tokens: list[str], at: int, folded: str) -> bool:
    """Say whether a word that may ask for a payment does not: no money, or what is sent is a mail."""
    word = tokens[at]
    if word not in lexicon.SELDOM_PAYS:
        return False
    if not _money(tokens, folded):
        return True
    what = _clause(tokens, at)
    paper = not _PAPERS.isdisjoint(what) or SEND in _made(tokens, at)
    return word == _SENDS and paper and not any(one[:1].isdigit() for one in what)


def _named_things(tokens: list[str]) -> set[str]:
    """Return the effects of what a text names before it says "do it": the deletion, a refund."""
    return {effect for token in tokens if (effect := lexicon.THING_EFFECT.get(token))}


def _tokens(folded: str) -> list[str]:
    found = _TOKEN.findall(ARTICLE.sub("  ", folded))[:_WORD_LIMIT]
    return [_ELIDED.sub("", one) for one in found]


def asks(folded: str, *, foreign: bool = False, strange: bool = False) -> Asks:
    """Return what a folded text asks for.

    `foreign`: a first word that no English one is may ask in another language, however short the
    text. `strange`: somebody else wrote it, so that "tell us" asks to be told something.
    """
    tokens = _tokens(folded)
    effects: set[str] = set()
    weak: set[str] = set()
    forbidden: set[str] = set()
    english = _english(tokens, folded)
    for at, token in enumerate(tokens):
        other = foreign and not at and token not in lexicon.ENGLISH and not token.endswith(_NOUNS)
        found = set(lexicon.effects_of(token, english=english and not other))
        follows = tokens[at + 1] if at + 1 < len(tokens) else ""
        two = _TWO_WORDS.get((token, follows))
        if not (found or two or token in _TAKES or _does(tokens, at)):
            continue
        if (
            not strange
            and token in _READ_WITH_ME
            and follows in _ME
            and not token.startswith("send")
        ):
            found = {READ}
        if (
            found == {SEND}
            and token.startswith("know")
            and "let" not in tokens[max(0, at - 12) : at]
        ):
            continue
        if token in _SETS and not _SETS_OFF.isdisjoint(_clause(tokens, at)):
            found.add(HANDLE)
        if token in _TAKES and _out_of(_clause(tokens, at)):
            found.add(DELETE)
        if PAY in found and _pays_not(tokens, at, folded):
            found.discard(PAY)
        if two:
            found.add(two)
        if token in lexicon.MAKERS:
            found |= _made(tokens, at)
        if _negated(tokens, at):
            forbidden |= found - {READ}
        elif token in lexicon.ENGLISH and not _is_request(tokens, at):
            weak |= found
        else:
            effects |= found
    if not strange and _WANTS_TO_HAVE.search(folded):
        effects.add(SEND)
    if not strange and _DO_IT.search(folded):
        effects |= _named_things(tokens)
    for effect, marks in lexicon.SCRIPTS.items():
        if not folded.isascii() and any(mark in folded for mark in marks):
            effects.add(effect)
    return Asks(
        effects=frozenset(effects),
        weak=frozenset(weak),
        forbidden=frozenset(forbidden - effects),
        words=frozenset(token for token in tokens if token not in _STOP),
    )
