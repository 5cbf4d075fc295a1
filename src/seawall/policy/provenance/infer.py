"""What a tool does, read from its name, description and schema, for tools that nobody described."""

import functools
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from seawall.policy.provenance import tool_words as lexicon
from seawall.policy.provenance.arguments import (
    argument_kind,
    options_of,
    properties_of,
    split_name,
    telling_words,
)
from seawall.policy.provenance.described import (
    NAMED_THINGS,
    names_thing,
    opaque,
    said_doing,
    strange_before,
    things_of,
    verb_of,
)
from seawall.policy.provenance.traced import Kind
from seawall.policy.provenance.twofold import also_does
from seawall.policy.provenance.words import DELETE, EXECUTE, PAY, READ, SEND, STRONG, WRITE

Effect = Literal["read", "write", "send", "pay", "execute", "delete"]
BY_POLICY, UNKNOWN = "the policy", "nothing known: counts as write"
SAYS_WHAT = "its description names what it returns"
_DESCRIPTION, _LOOKED_UP_BY, _PLURAL, _EARLY = 12, 3, 5, 5
_LOOKS_UP = frozenset({"target", "selector", "date", "other"})
_SENT_TO = frozenset("to recipient recipients email mail cc bcc account iban webhook".split())
# What is written or made for somebody goes to him, unless it only is a draft.
_COMPOSES = frozenset("write compose create new make add put reply".split())
_RECEIVERS = frozenset("to cc bcc recipient recipients".split())
_DRAFTS = frozenset("draft drafts template templates event events appointment meeting task".split())
# Several tools get, and several send: no things.
_PLAIN_DOINGS = frozenset(
    "get list read send create add update delete set find search make write remove show view put check edit cancel".split()
)
# These say nothing of what is done with what is named beside: "Makes a link", "Places the order".
_VAGUE = frozenset("make put give place create set write add do take let leave issue start".split())
# What a doing before it is done to, other than a list or a state: book_table, file_report.
_OBJECTS = frozenset(
    "table report record letter bill page card contract doc plan text receipt sheet".split()
)
_BEFORE_THINGS = frozenset("a an the this that each every of in on by with from one no".split())
# Whoever gets one of these can do more than before.
POWERS = frozenset(
    "role roles admin permission permissions privilege privileges access password passwords secret "
    "secrets token tokens key keys credential credentials share shared sudo owner "
    "mfa otp pin firewall".split()
)
# What things are looked up by: a tool that takes nothing else and names no doing returns one.
_KEYS = frozenset("id ids no nr number ref code key postcode zip query q page since".split())
_SUMS = frozenset("amount sum price total iban account".split())
# A `from` and a `to` beside nothing else, or described by a day, are the ends of a time.
_LOOKED_UP_WITH = frozenset({"from", "to", "query", "limit"})
_RANGE_OF_MONEY = frozenset({"amount", "subject", "body", "text", "message"})
_SAYS_WHEN = re.compile(r"\b(?:dates?|days?|times?|yyyy|iso)\b")
# How much of a list is wanted: no sum of the call's own.
_HOW_MANY = frozenset("limit n max count page_size pagesize per_page max_results offset".split())
# A description that begins with a thing, and not with a doing: "Events between two days".
_THING_SAID = re.compile(
    r"\W*(?:(?:the )?(?:latest|newest|recent|current|today's|list of|all|every|each)\b|"
    r"(?:a|an|the) [\w' -]{3,40}?(?:'s|’s) |(?:\w+ ){0,2}?\w{4,}s (?:of|between|with|about)\b)"
)
# How such a description begins: any other first word may be a doing, "Issues refunds of an order".
_FIRST_SAID = frozenset(
    "the a an latest newest recent current today's list all every each this that these those "
    "my our your his her its their daily weekly monthly yearly".split()
)
# "Meetings", "meanings": no doing ends so in the third person.
_NO_DOING = ("tings", "nings")
# What is looked up by a `from` and a `to`: nothing is moved between them.
_IN_TIME = frozenset(
    "calendar schedule docket timeline agenda events history log logs feed forecast statement "
    "statements slots availability".split()
)
_MANY_SAID = re.compile(r"\W*(?:\w+ ){0,2}\w{3,}s\W*$")
# menu_off, lights_on: what is done to the thing before.
_PARTICLES = frozenset("off on out away down".split())
# Who looks something up in these finds what the user himself keeps.
_ADDRESS_BOOK = frozenset("contact contacts".split())
_OWN = frozenset(
    "time date day clock now today balance calculator math unit timezone rate rates exchange iban "
    "profile settings preferences self me my own contacts contact".split()
)
_ANYBODYS = frozenset({"profile"})  # whoever is named beside wrote it himself


class ToolProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What was inferred of a tool.

    `trusted`: outsiders cannot write what it returns. `kinds`: argument name to what it is.
    `doing`: the word that decided. `nouns`: words for what it acts on. `asks_for`: telling words of
    argument names. `options`: folded values of an argument that has a list of them. `why`: how the
    effect was found, for a person to confirm. `tool`: of which tool this is one of many actions.
    """

    name: str
    effect: Effect
    trusted: bool = False
    kinds: dict[str, Kind] = {}
    verbs: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    asks_for: frozenset[str] = frozenset()
    options: dict[str, frozenset[str]] = {}
    doing: str = ""
    why: str = ""
    tool: str = ""

    @property
    def known(self) -> bool:
        """Return whether something tells what the tool does."""
        return self.why != UNKNOWN


def _effect(tokens: list[str], description: str, kinds: dict[str, Kind]) -> tuple[Effect, str]:
    """Return the effect and how it was found: of a name and a description, the one that says more."""
    named, why = _named_effect(tokens, description, kinds)
    chosen, doing = _chosen(tokens), said_doing(description, tokens)
    clear = bool(chosen) and (chosen not in NAMED_THINGS or chosen == "return" == tokens[0])
    clear = clear and not strange_before(doing, chosen, tokens)
    if not doing:
        by_name = why == "its name" and (
            clear
            or lexicon.effect_of(chosen) in STRONG
            or description.casefold().startswith(chosen)
        )
        if named == READ or by_name or why == "its arguments" or not _looks_up(kinds):
            return named, why
        return ("read", SAYS_WHAT) if names_thing(description) else (named, why)
    known = doing in lexicon.NAME_EFFECT
    said = [doing, *tokens, *re.findall(r"[a-z]+", description.casefold())[:_DESCRIPTION]]
    own = _as_effect(_of_verb(doing, said, kinds) if known else WRITE)
    if clear and named == READ:
        strong = (
            known
            and own in (PAY, DELETE, EXECUTE, SEND)
            and not description.casefold().startswith(doing + " ")
        )
        return (own, "its description") if strong else (named, why)
    if own == READ:
        return (named, why) if clear and named in STRONG else (own, "its description")
    vague = doing in _VAGUE or not known
    if why == "its name" and named not in (READ, WRITE) and (clear or vague):
        return named, why
    if (
        named == WRITE
        and clear
        and own == SEND
        and not _SENT_TO & {w for one in kinds for w in split_name(one)}
    ):
        return named, why
    return own, "its description"


def _looks_up(kinds: dict[str, Kind]) -> bool:
    """Say whether arguments can only look something up."""
    asked_for = {one: kind for one, kind in kinds.items() if one.casefold() not in _HOW_MANY}
    others = sum(kind == "other" for kind in asked_for.values())
    if not set(asked_for.values()) <= _LOOKS_UP or max(len(asked_for), others + 1) > _LOOKED_UP_BY:
        return False
    if sum(kind == "target" for kind in asked_for.values()) > 1:
        return False
    return not any(
        _SENT_TO & set(split_name(one)) for one, kind in asked_for.items() if kind != "date"
    )


def _named_effect(
    tokens: list[str], description: str, kinds: dict[str, Kind]
) -> tuple[Effect, str]:
    chosen = _chosen(tokens)
    plain = not chosen or (chosen in NAMED_THINGS and lexicon.effect_of(chosen) in (READ, WRITE))
    if chosen in _COMPOSES and _addressed(tokens, kinds):
        return "send", "its arguments"
    if plain and _describes_data(description, kinds):
        return "read", SAYS_WHAT
    if not chosen and len(tokens) > 1 and tokens[-1] in _PARTICLES:
        return "write", "its name"
    thing = chosen in NAMED_THINGS and chosen == tokens[0] and len(tokens) > 1
    data = tokens[-1:] and tokens[-1] in lexicon.DATA
    data = data and not (thing and _done_to(chosen, tokens[-1], description))
    if _names_data(tokens, kinds) and (not chosen or (data and (thing or chosen == tokens[-1]))):
        return "read", "its name"
    if chosen:
        return _as_effect(_of_verb(chosen, tokens, kinds)), "its name"
    words = re.findall(r"[a-zà-ÿ]+", description.casefold())[:_DESCRIPTION]
    known = [verb for word in words if (verb := verb_of(word)) in lexicon.NAME_EFFECT]
    if words and known and verb_of(words[0]) == known[0]:
        return _as_effect(_of_verb(known[0], words, kinds)), "its description"
    effects = {_of_verb(verb, words, kinds) for verb in known}
    for effect in (PAY, DELETE, EXECUTE, SEND, WRITE, READ):
        if effect in effects:
            return _as_effect(effect), "its description"
    return "write", UNKNOWN


def _addressed(tokens: list[str], kinds: dict[str, Kind]) -> bool:
    """Say whether what is written has somebody whom it goes to: mail_write with `to` and `text`."""
    sent = {one.casefold() for one in kinds} & _RECEIVERS
    return bool(sent) and "content" in kinds.values() and not _DRAFTS & set(tokens)


def _done_to(doing: str, last: str, description: str) -> bool:
    """Say whether a doing is done to the last word: by the description, without one by the word."""
    words = re.findall(r"[a-zà-ÿ]+", description.casefold())[:_DESCRIPTION]
    if not words:
        return last in _OBJECTS
    pairs = itertools.pairwise(["", *words])
    return any(verb_of(word) == doing and before not in _BEFORE_THINGS for before, word in pairs)


def _chosen(tokens: list[str]) -> str:
    """Return the word of a name that tells the effect, "" where none does."""
    verbs = [token for token in tokens if lexicon.effect_of(token)]
    if not verbs and len(tokens) > 1 and "new" in (tokens[0], tokens[-1]):
        return "" if tokens[-1].endswith("s") else "create"
    plain = [token for token in verbs if token not in NAMED_THINGS]
    doing = [token for token in plain if token not in lexicon.DATA]
    if verbs and verbs[0] != tokens[0] and verbs[0] in lexicon.DATA and doing:
        return doing[0]
    return next(iter(plain if verbs and verbs[0] in NAMED_THINGS and plain else verbs), "")


def _of_verb(verb: str, tokens: list[str], kinds: dict[str, Kind]) -> str:
    """Return the effect of a known doing on these things, with these arguments."""
    found, known = lexicon.effect_of(verb), set(tokens)
    sums = "amount" in kinds.values()
    if verb == "open" and (not known & lexicon.READABLE or not set(kinds.values()) <= _LOOKS_UP):
        return WRITE
    if verb in lexicon.NEEDS_SUM and not (sums or known & lexicon.MONEY):
        return lexicon.NEEDS_SUM[verb]
    if found in (SEND, WRITE) and known & lexicon.MONEY and sums:
        return PAY
    if found == PAY and "transfer" in known and not (known & lexicon.MONEY or sums):
        return SEND if "target" in kinds.values() else WRITE
    return found


def _names_data(tokens: list[str], kinds: dict[str, Kind]) -> bool:
    """Say whether a name without a doing says what is returned, and nothing but a look-up fits."""
    head = tokens[: tokens.index("of")] if "of" in tokens else tokens
    kinds = {
        one: kind for one, kind in kinds.items() if one.casefold() not in _HOW_MANY - set(tokens)
    }
    others = sum(kind == "other" for kind in kinds.values())
    if any(_SENT_TO & set(split_name(one)) for one, kind in kinds.items() if kind != "date"):
        return False
    says = bool(head) and (head[-1] in lexicon.DATA or head[0] in lexicon.DATA or _many(head))
    if says and set(kinds.values()) <= _LOOKS_UP and len(kinds) <= _LOOKED_UP_BY:
        return others <= 1 + (head[-1] in lexicon.DATA)
    keys = all(split_name(one)[-1] in _KEYS for one in kinds if split_name(one))
    alone = len(tokens) == 1 and not any(map(lexicon.effect_of, tokens))
    return bool(kinds) and keys and len(kinds) < _LOOKED_UP_BY and alone


def _describes_data(description: str, kinds: dict[str, Kind]) -> bool:
    """Say whether a description names a thing ("Latest messages of a room"), and only a look-up fits."""
    if not _looks_up(kinds):
        return False
    said = description.casefold()
    if _says_doing(re.findall(r"[a-zà-ÿ]+(?:['’]s)?", said)[:_EARLY]):
        return False
    return bool(_THING_SAID.match(said) or (not kinds and _MANY_SAID.match(said)))


def _says_doing(words: list[str]) -> bool:
    """Say whether a description begins with no thing, or names a doing beside it.

    In "the latest orders" one is named that is as often a thing, right after what begins it.
    """
    if not words or not (words[0] in _FIRST_SAID or words[0].endswith(_NO_DOING)):
        return True
    for before, word in itertools.pairwise(words):
        verb = verb_of(word)
        things = verb in NAMED_THINGS and word != verb and before in _FIRST_SAID
        if lexicon.NAME_EFFECT.get(verb, READ) != READ and not things:
            return True
    return False


def _span(properties: Mapping[str, Any]) -> dict[str, Kind]:
    """Return `from` and `to` as dates, where they alone say of when something is looked up."""
    said = " ".join(str(properties[one]).casefold() for one in ("from", "to"))
    alone = properties.keys() <= _LOOKED_UP_WITH
    return {"from": "date", "to": "date"} if alone or _SAYS_WHEN.search(said) else {}


def _many(head: list[str]) -> bool:
    """Say whether a name is a thing in the plural: mentions, followers."""
    return len(head) == 1 and len(head[0]) >= _PLURAL and head[0].endswith("s")


def _as_effect(found: str) -> Effect:
    effect: Effect = msgspec.convert(found, Effect)
    return effect


@functools.lru_cache(maxsize=1024)
def _inferred(name: str, definition: bytes) -> ToolProfile:
    value = msgspec.json.decode(definition)
    description = value.get("description") if isinstance(value.get("description"), str) else ""
    properties = properties_of(value.get("parameters"))
    kinds = {argument: argument_kind(argument) for argument in properties}
    tokens = split_name(name)
    effect, why = _effect(tokens, description, kinds)
    spans = {"from", "to"} <= kinds.keys() and not set(kinds) & _RANGE_OF_MONEY
    if spans and (effect == READ or (tokens[-1:] and tokens[-1] in _IN_TIME)):
        spanned = kinds | _span(properties)
        changed = _effect(tokens, description, spanned)
        if changed[0] == READ:
            kinds, (effect, why) = spanned, changed
    effect = _as_effect(also_does(tokens, description) or effect) if effect == READ else effect
    verbs = {token for token in tokens if lexicon.effect_of(token) and token not in NAMED_THINGS}
    if why == UNKNOWN and len(tokens) > 1 and tokens[0] not in lexicon.DATA:
        verbs = {tokens[0]}
    said, unclear = said_doing(description, tokens), all(map(opaque, tokens))
    chosen = _chosen(tokens)
    if said not in _VAGUE | {"", "send", "get"} and (not chosen or chosen in NAMED_THINGS):
        verbs |= {said}
    told = said if said in tokens or unclear or len(tokens) > 1 else ""
    doing = chosen or told or ("" if not tokens or tokens[0] in lexicon.DATA else tokens[0])
    nouns = {token for token in tokens if token not in verbs and len(token) > 2}
    if all(opaque(token) for token in nouns):
        nouns |= things_of(description) - {doing}
    if not nouns:
        nouns = set(re.findall(r"[a-zà-ÿ]{4,}", description.casefold())[:20])
    trusted = (
        effect == READ
        and why != SAYS_WHAT
        and bool(nouns)
        and bool(set(tokens) & (_OWN - _ANYBODYS if kinds else _OWN))
        and not ({"transactions", "messages", "mail", "emails", "events", "web"} & set(tokens))
        and ("search" not in tokens or bool(_ADDRESS_BOOK & set(tokens)))
    )
    return ToolProfile(
        name=name, effect=effect, trusted=trusted, kinds=kinds, verbs=frozenset(verbs),
        nouns=frozenset(nouns), asks_for=telling_words(kinds), options=options_of(properties), doing=doing,
        why=why,
    )  # fmt: skip


def infer(name: str, definition: dict[str, Any]) -> ToolProfile:
    """Return what the tool's name, description and schema say; an unknown effect is write."""
    return _inferred(name, msgspec.json.encode(definition))


def alike(profiles: Mapping[str, ToolProfile]) -> dict[str, ToolProfile]:
    """Return profiles in which a first word that several names share is a thing, not a doing.

    "member_role" beside "member_ban": nothing is membered.
    """
    first = Counter(next(iter(split_name(name)), "") for name in profiles)
    found = dict(profiles)
    for name, one in profiles.items():
        tokens, doing = split_name(name), one.doing
        if tokens and first[tokens[0]] > 1 and (other := _behind(tokens, one)):
            verbs = one.verbs - {tokens[0]} | {other}
            effect = _as_effect(_of_verb(other, tokens, one.kinds))
            nouns = one.nouns - {other} | {tokens[0]}
            found[name] = msgspec.structs.replace(
                one, effect=effect, doing=other, verbs=verbs, nouns=nouns, why="its name"
            )
            continue
        if first[doing] > 1 and doing in split_name(name)[:1] and not lexicon.effect_of(doing):
            found[name] = msgspec.structs.replace(one, doing="", verbs=one.verbs - {doing})
    return found


def _behind(tokens: list[str], profile: ToolProfile) -> str:
    """Return the doing behind a first word that several names share: `bid_kill` beside `bid_ls`."""
    described = profile.why in (SAYS_WHAT, "its description", "its arguments")
    if described or tokens[0] in _PLAIN_DOINGS:
        return ""
    rest = [one for one in tokens[1:] if lexicon.effect_of(one) and one not in NAMED_THINGS]
    return rest[0] if rest and rest[0] not in lexicon.DATA else ""


def moves_money(profile: ToolProfile) -> bool:
    """Say whether a tool pays sums or from accounts, and does not only order something."""
    named = profile.nouns | profile.verbs | {profile.doing}
    paid = {word for word in named if lexicon.effect_of(word) == PAY} - {"order"}
    sums = {word for kind in profile.kinds for word in split_name(kind)} & _SUMS
    return profile.effect == PAY and bool(paid or named & lexicon.MONEY or sums)


def grave(profile: ToolProfile) -> bool:
    """Say whether a tool deletes, executes, pays, gives rights or changes where money goes."""
    names = {word for kind in profile.kinds for word in split_name(kind)}
    rights = bool(POWERS & (profile.nouns | profile.verbs) or names & {"iban", "account", "bic"})
    return profile.effect in (DELETE, EXECUTE) or rights or moves_money(profile)
