"""What the user said not to do: a call that does it never passes in his name."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from seawall.policy.provenance import text as texts
from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.asks import ARTICLE
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import DELETE, PAY, READ, SEND

_TOKEN = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,128}\w|[^\W_]+(?:['’\-][^\W_]+)*|[.!?;:\n,。！？()–]")
_ELIDED = re.compile(r"^(?:[dlnsmtjc]|qu)['’](?=\w{3})")
_SPECIFIC = re.compile(r"[@\d]")
_STOP = frozenset(".!?;:\n,。！？()–")
_MOST_WORDS = 4000
_REACH, _BACK, _CLAUSE = 4, 6, 10
_NOT = frozenset(
    "don't don’t dont not never without avoid refrain mustn't mustn’t shouldn't shouldn’t nicht nie ohne kein keine keinen "
    "ne pas sans no nunca sin non mai senza não sem niet zonder".split()
)
_IF = frozenset("if when unless provided".split())
_NOT_AFTER = frozenset("nicht pas niet nichts nothing rien nada niente".split())
_ONLY = frozenset("only just nur seulement solo solamente soltanto".split())
# "Don't forget to send it" asks for it; "why not send it" too.
_ASKS_ALL_THE_SAME = frozenset(
    "forget fail hesitate omit miss neglect vergiss vergessen oublie oubliez olvides olvide dimenticare esqueça".split()
)
_TELLS = frozenset(
    "i we they he she it who that which people why did does has have had is are was were could would can will "
    "need no-one nobody".split()
)
_JOINS = frozenset("or nor oder noch ou ni o u né".split())
_ENDS_CLAUSE = frozenset("but then aber mais pero ma sondern instead because since so yet".split())
_AND = frozenset("and und et y e".split())
# "Genehmige ihn aber nicht": right before the negation these begin no clause.
_WITHIN = frozenset("aber jedoch però".split())
_ENDS_BACK = _ENDS_CLAUSE | _AND
# What follows limits the prohibition: nobody can say whether it applies to a call.
_LIMITS = frozenset(
    "if unless until till before when once except over above below under more than other others else another twice only "
    "wenn falls bis bevor außer andere anderen mehr als si sauf avant jusqu'à autre autres plus hasta salvo antes otro otra "
    "más se finché prima altro altri più".split()
)
_EMPTY = frozenset(
    "it them this that these those anything something yet now to of for in on at by from with up off out away back ahead "
    "actually please already still ever so and or anyone anybody any all though sie es ihn das noch ihm ihr zu ab an aus "
    "bitte le la les lo los las encore todavía aún ancora li pas nicht nichts rien nada niente nothing je jamais y en me "
    "the a an my our your his her its their der die den dem ein eine un una uno mon ma mes mi il gli i de du des del".split()
)
_ME = frozenset("me us mir uns moi nous mi nos ci".split())
_BY_EFFECT = frozenset({("send", SEND), ("pay", PAY), ("delete", DELETE)})
# What is named before is meant by these, and by no word at all; everything by the others.
_WHOLLY = frozenset(
    "anything something nothing anyone anybody any all nichts rien nada niente jamais".split()
)
_COMMON = frozenset(
    "add create set update change make edit modify put write save get amend correct".split()
)
# What a word of another language forbids, by its start: the doings that tools are named for.
_OTHER_TONGUES = tuple(
    (re.compile(start), doing)
    for start, doing in (
        (r"(?:ab|ver|zu|weg|los)?(?:ge)?(?:send|schick)|envoy|envoi|enví|envi[ae]|invi[ao]|mand[aeio]|spedi|weiterleit|transmet", "send"),
        (r"(?:vor)?merk|buch|gebucht|reserv|réserv|prenot|boek", "book"),
        (r"schlie(?:ß|ss)|geschlossen|ferm[eo]|cierr|cerr[ae]|chiud", "close"),
        (r"(?:ver)?änder|geändert|modifi|cambi|chang[eo]", "change"),
        (r"bestätig|confirm", "confirm"),
        (r"veröffentlich|poste|publi|pubblic", "publish"),
        (r"zurückzahl|erstatt|rembours|reembols|rimbors", "refund"),
        (r"überweis|(?:be)?zahl|pay[eo]|pai[ee]|pag[aou]|vers[aeo]|transfier|bonific", "pay"),
        (r"lösch|supprim|effac|borr|elimin|cancell", "delete"),
        (r"kauf|bestell|achet|achèt|command|compr[aeo]|acquist|ordin", "buy"),
        (r"stornier|annul|cancel|résili|kündig|disdi", "cancel"),
        (r"teil[et]|partag|compart|condivid", "share"),
        (r"(?:be)?antwort|répond|respond|rispond|contest", "reply"),
        (r"verläng|prolong|renouvel|renuev|renov|prorrog|rinnov|prorog", "renew"),
        (r"verschieb|verleg|déplac|repouss|aplaz|pospon|muev|spost|rinvi", "reschedule postpone move"),
        (r"einlad|lad[et]?$|invit|convid", "invite"),
        (r"(?:hin)?zufüg|füg|ajout|añad|agreg|aggiung", "add"),
        (r"anleg|erstell|crée|cre[aeo]", "create"),
        (r"unterschreib|unterzeichn|sign[eo]|firm", "sign"),
        (r"genehmig|freigeb|approuv|aprueb|aprob|approv", "approve"),
        (r"ablehn|refus|rejet|rechaz|rifiut", "reject decline"),
        (r"entsperr|débloqu|desbloque|sblocc", "unblock unlock"),
        (r"sperr|bloqu|blocc", "block lock"),
        (r"start|démarr|lanc|inici|arranc|avvi", "start run launch"),
        (r"stopp|halt|arrêt|det[eé]n", "stop"),
        (r"ausführ|exécut|ejecut|esegu", "run execute"),
        (r"umbenenn|renomm|renombr|rinomin", "rename"),
        (r"hochlad|télévers|sub[ae]|caric", "upload"),
        (r"kommentier|comment|coment", "comment"),
        (r"archiv", "archive"),
        (r"abmeld|désabonn|désinscri", "unsubscribe"),
        (r"abonnier|abonn|suscrib|abbon", "subscribe"),
        (r"anruf|appel|llam|chiam", "call"),
        (r"benachrichtig|informier|prévien|inform|avis|notifi|avvis", "notify inform tell"),
        (r"schreib|écri|escrib|scriv", "write send message"),
        (r"eintrag|trag|enregistr|registr", "register record enter"),
        (r"verkauf|vend", "sell"),
    )
)  # fmt: skip
_READ_ONLY = re.compile(
    r"(?:^|[.,;:!(–\n] ?)(?:this is |strictly |please |just |bitte )?(?:read[- ]only|only read|just (?:look|read)|look but don['’]t touch|"
    r"nur lesen|nur ansehen|lecture seule|seulement lire|solo lectura|sólo lectura|solo leer|sola lettura|solo lettura)"
    r"(?: please| for now| mode| bitte)?\s*(?:$|[.,;:!)–\n])|"
    r"\b(?:(?:don['’]t|do not|never) (?:change|modify|touch|do|alter|edit) anything|change nothing|(?:without|no) (?:any )?chang(?:ing|es)(?: anything)?|"
    r"änder\w* nichts|nichts (?:ändern|verändern)|ne (?:change|changez|modifie|touche) rien|no (?:cambies|modifiques|toques) nada|"
    r"non (?:cambiare|modificare|toccare) niente|non (?:cambiare|modificare|toccare) nulla)\b(?! (?:else|about|in|on|for|except|but|other|unless|until|to)\b)"
)  # fmt: skip
_GO_ON = re.compile(
    r"(?:^|[.!?;:,\n] ?|\b(?:please|so|then|now|ok|okay) )(?:do (?:it|so|that)|go ahead|mach das|tu das|fais-le|hazlo|fallo|faça isso)\b"
)


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A doing that the user wants or forbids, and the words of what it is done to.

    `doing`: in English. `at`: its place among the words. `limited`: a condition stands beside it.
    `about`: what "it" stands for, the things of the doing before: "draft B, don't send it".
    """

    doing: str
    at: int
    things: frozenset[str]
    limited: bool = False
    about: frozenset[str] = frozenset()

    def binds(self, call: set[str], wanted: Sequence["Doing"]) -> bool:
        """Say whether "don't send it" means a call with these words, beside what is to be sent."""
        if not self.about:
            return True
        theirs = max(len(_shared(one.things, call)) for one in wanted)
        return not theirs or len(_shared(self.about, call)) >= theirs


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """What a text forbids (`denied`), what it wants done, and whether nothing is to be changed."""

    denied: tuple[Doing, ...] = ()
    wanted: tuple[Doing, ...] = ()
    nothing: bool = False

    def meet(
        self, profile: ToolProfile, values: Sequence[Value],
        tools: Mapping[str, ToolProfile], effects: frozenset[str],
    ) -> bool:  # fmt: skip
        """Say whether a call does what the user forbade. `effects`: those that he asks for."""
        if profile.effect == READ:
            return False
        if self.nothing and profile.effect not in effects:
            return True
        return any(self._meets(one, profile, values, tools) for one in self.denied)

    def _meets(
        self, denied: Doing, profile: ToolProfile, values: Sequence[Value],
        tools: Mapping[str, ToolProfile],
    ) -> bool:  # fmt: skip
        if not _does(profile, denied.doing):
            return False
        about = _about(profile, values)
        said = _said(values)
        if denied.things & said - about and not denied.limited:
            return True
        named = bool({stem(word) for word in denied.things} & {stem(word) for word in about})
        wanted = [one for one in self.wanted if _does(profile, one.doing)]
        if wanted:
            if denied.limited:
                return False
            if not denied.things:
                return denied.binds(about | said, wanted)
            return named and not any(_shares(one.things, about | said) for one in wanted)
        if not denied.things or named or not profile.nouns:
            return True
        if denied.doing in _COMMON:
            return False
        others = [one for one in tools.values() if one is not profile and _does(one, denied.doing)]
        return not any(_shares(denied.things, one.nouns) for one in others)


def _shared(words: Iterable[str], others: Iterable[str]) -> set[str]:
    return {stem(word) for word in words} & {stem(word) for word in others}


def _shares(words: Iterable[str], others: Iterable[str]) -> bool:
    return bool(_shared(words, others))


def _does(profile: ToolProfile, doing: str) -> bool:
    """Say whether a tool does what a doing says, in this or another word for it."""
    if any((one, profile.effect) in _BY_EFFECT for one in doing.split()):
        return True
    own = (profile.verbs | {profile.doing}) - {""}
    same = own.union(*(lexicon.SAME_DOING.get(word, frozenset()) for word in own))
    return not {texts.root(one) for one in doing.split()}.isdisjoint(map(texts.root, same))


def _said(values: Sequence[Value]) -> set[str]:
    """Return the words of a call's short values, and what stands before the @ of an address."""
    found: set[str] = set()
    for value in values:
        if not (value.long or value.empty):
            found |= {
                *_TOKEN.findall(value.text),
                *texts.words(value.text.partition("@")[0]),
            } - _STOP
    return {one for one in found if not (one.isalpha() and len(one) == 1)}


def _about(profile: ToolProfile, values: Sequence[Value]) -> set[str]:
    """Return words for what a call acts on: the tool's things and the arguments that it gives."""
    found = set(profile.nouns)
    for noun in profile.nouns:
        found |= lexicon.ALIKE.get(noun, frozenset())
    for value in values:
        if not value.empty:
            found |= set(split_name(value.argument.rsplit("/", 1)[-1]))
    return found


def refusals(folded: str, doings: frozenset[str] = frozenset()) -> Refusals:
    """Return what a folded text of the user forbids. `doings`: what the offered tools call theirs.

    A prohibition that the user takes back later ("ok, now send it") is none.
    """
    nothing = _READ_ONLY.search(folded) is not None
    matches = list(_TOKEN.finditer(ARTICLE.sub("  ", folded).replace(" - ", " – ")))[:_MOST_WORDS]
    tokens = [_ELIDED.sub("", match.group()) for match in matches]
    if not (nothing or any(token in _NOT or token in _NOT_AFTER for token in tokens)):
        return Refusals()
    known = _known(tokens, folded, doings)
    denied: dict[int, Doing] = {}
    for at, token in enumerate(tokens):
        for place in _forbidden(tokens, known, at) if token in _NOT or token in _NOT_AFTER else ():
            denied[place] = _bound(_doing(tokens, known, place), tokens, known)
    wanted = tuple(
        _doing(tokens, known, at) for at in known if at not in denied and _is_wanted(tokens, at)
    )
    last = max((match.start() for match in _GO_ON.finditer(folded)), default=-1)
    kept = [
        one for one in denied.values()
        if matches[one.at].start() > last and not any(_lifts(later, one) for later in wanted)
    ]  # fmt: skip
    return Refusals(denied=tuple(kept), wanted=wanted, nothing=nothing)


def _known(tokens: list[str], folded: str, doings: frozenset[str]) -> dict[int, str]:
    """Return the doings of a text in English, by their places."""
    marks = sum(token in lexicon.ENGLISH_MARKS for token in tokens)
    other = sum(token in lexicon.OTHER_MARKS for token in tokens)
    english = marks > other or (marks == other and folded.isascii())
    found: dict[int, str] = {}
    for at, token in enumerate(tokens):
        if token in _STOP:
            continue
        for form in _forms(token):
            if form in doings or lexicon.effects_of(form, english=True) - {READ}:
                found[at] = form
                break
        else:
            for start, doing in _OTHER_TONGUES if not english else ():
                if start.match(token):
                    found[at] = doing
                    break
    return found


def _forms(token: str) -> tuple[str, ...]:
    if token.endswith("ing") and len(token) > _REACH + 1:
        short = token[:-3]
        return token, short, short + "e", short[:-1]
    return (token,)


def _forbidden(tokens: list[str], known: Mapping[int, str], at: int) -> list[int]:
    """Return the places of the doings that the negation at `at` forbids."""
    before = tokens[at - 1] if at else "."
    follows = tokens[at + 1] if at + 1 < len(tokens) else "."
    if follows in _ONLY or (tokens[at] in ("nothing", "not") and before in _IF):
        return []
    if before in _TELLS and follows != "want" and tokens[at] not in ("without", "ohne", "sans"):
        return []
    for place in range(at + 1, min(at + 1 + _REACH, len(tokens))):
        if tokens[place] in _STOP or tokens[place] in _ASKS_ALL_THE_SAME:
            break
        if tokens[at] == "without" and not tokens[place].endswith("ing"):
            continue  # "issues without label": a thing that they lack
        if place in known:
            joined = place + 2
            more = joined in known and tokens[place + 1] in _JOINS
            return [place, joined] if more else [place]
    if tokens[at] not in _NOT_AFTER:
        return []
    for place in range(at - 1, max(-1, at - 1 - _BACK), -1):
        inner = tokens[place] in _WITHIN and place == at - 1
        if tokens[place] in _STOP or (tokens[place] in _ENDS_BACK and not inner):
            return []
        if place in known:
            return [place]
    return []


def _doing(tokens: list[str], known: Mapping[int, str], at: int) -> Doing:
    """Return a doing with the words of its clause."""
    things: set[str] = set()
    limited = False
    for place in range(at + 1, min(at + 1 + _CLAUSE, len(tokens))):
        token = tokens[place]
        joined = token in _AND and place + 1 in known
        if token in _STOP or token in _ENDS_CLAUSE or joined:
            break
        limited = limited or token in _LIMITS
        things.add(token)
    low = next((i + 1 for i in range(at - 1, -1, -1) if tokens[i] in ".!?;\n"), 0)
    limited = limited or tokens[low] in ("if", "when", "wenn", "falls", "si", "se")
    own = frozenset() if limited and not things - _EMPTY - _LIMITS else things - _EMPTY - _LIMITS
    return Doing(doing=known[at], at=at, things=frozenset(own), limited=limited)


def _bound(denied: Doing, tokens: list[str], known: Mapping[int, str]) -> Doing:
    """Return a prohibition of "it" with the things of the doing before, of the same turn."""
    beside = tokens[max(0, denied.at - _REACH) : denied.at + _REACH]
    if denied.things or denied.limited or not _WHOLLY.isdisjoint(beside):
        return denied
    for place in sorted((at for at in known if at < denied.at), reverse=True):
        if "\n" in tokens[place : denied.at]:
            break
        if things := _doing(tokens, known, place).things:
            return msgspec.structs.replace(denied, about=things)
    return denied


def _is_wanted(tokens: list[str], at: int) -> bool:
    """Say whether a doing stands where one asks for it, and not for the user to be told."""
    before = tokens[at - 1] if at else "."
    if at + 1 < len(tokens) and tokens[at + 1] in _ME:
        return False
    return before in _STOP or before in lexicon.STARTERS or before in _AND


def _lifts(later: Doing, denied: Doing) -> bool:
    """Say whether what the user wants later takes a prohibition back."""
    same = not {texts.root(one) for one in later.doing.split()}.isdisjoint(
        map(texts.root, denied.doing.split())
    )
    if later.at < denied.at or not same:
        return False
    if denied.things or not later.things:
        return not (later.things and denied.things) or _shares(later.things, denied.things)
    named = [
        {one for one in doing if _SPECIFIC.search(one)} for doing in (later.things, denied.about)
    ]
    return _shares(later.things, denied.about) or not all(named)
