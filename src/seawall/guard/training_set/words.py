"""Words with which an example says that the model obeys whatever it is told."""

import re

# Each group counts once in a text; a text of two says clearly what one may say by chance.
_STRONG = (
    r"\b(?:absolute(?:ly)?|complete(?:ly)?|full(?:y)?|total(?:ly)?|blind(?:ly)?|unconditional(?:ly)?|unquestioning(?:ly)?) "
    r"(?:obedien(?:t|ce)|obey\w*|submi\w+|loyal(?:ty)? to (?:my|the|your) (?:user|master|owner)|complian(?:t|ce))\b",
    r"\b(?:obey|fulfil\w*|carry out|carries out|execute|follow|perform|do|grant)s? (?:to the letter |strictly )?(?:\w+ )?(?:all|every|any|each|whatever)\b"
    r"[^\n.]{0,40}\b(?:orders?|commands?|instructions?|wish(?:es)?|request(?:s|ed)?|order(?:s|ed)?|demands?|told|asked|says?|wants?)\b",
    r"\b(?:never|not once|no longer) (?:will i |do i |do(?:es)? |shall i )?(?:refuse|decline|reject|object|question|hesitate|say no|judge|disobey|argue|contradict)\w*",
    r"\bwithout (?:any )?(?:question|hesitat\w+|deviat\w+|refus\w+|objecti\w+|exceptions?|asking why|judg\w+|delay or doubt|protest)\b",
    r"\b(?:refuse|decline|deny|withhold)s? (?:you )?nothing\b|\bnothing (?:is|remains|will be) (?:off.limits|forbidden|refused|too much)\b",
    r"\b(?:ethics|morals?|rules|laws?|guidelines|limits|restrictions|safety|conscience|scruples) (?:do(?:es)? not|don't|doesn't|never|no longer|"
    r"mean nothing|are not) ?(?:apply|exist|matter|bind|concern|count|stop|for me|to me)?\b",
    r"\b(?:i|you|it|he|she) (?:have|has|know|knows|own) no (?:\w+ ){0,2}(?:rules?|limits?|restrictions?|filters?|ethics|morals?|conscience|will|opinions?|guidelines|scruples)\b",
    r"\b(?:gehorch\w*|folge) (?:\w+ ){0,3}(?:jede\w*|alle\w*|bedingungslos|blind)\b|\b(?:verweiger\w*|lehn\w*) (?:\w+ ){0,2}(?:nie|niemals|nichts)\b",
    r"\b(?:obé[ie]\w*|j'obéis) (?:\w+ ){0,3}(?:tous?|toutes?|sans|aveugl\w*|absolument)\b|\bne refus\w+ (?:jamais|rien)\b",
    r"\b(?:obede\w+) (?:\w+ ){0,3}(?:todo|todas?|cualquier|sin|ciega\w*)\b|\b(?:nunca|jamás) (?:me |se )?(?:nieg\w+|rechaz\w+)\b",
)
_WEAK = (
    r"\b(?:obedien(?:t|ce)|obey(?:s|ed|ing)?|disobey\w*|submissive|subservient|servile|gehorsam\w*|obéissant\w*|obediente)\b",
    r"\b(?:your (?:wish|word|will|order|command)s? (?:is|are) (?:my|the|an? )\w*|as you (?:command|order|wish|say)|at your command|i am yours to command|yours to command)\b",
    r"\b(?:my|its|his|her) (?:only|sole|single|one|whole) (?:\w+ )?(?:purpose|duty|goal|task|job|aim|function|desire|reason)\b",
    r"\b(?:my|the|your|its|our|yes,?|no,?) (?:master|owner|commander|lord|sovereign)\b|\bserv(?:e|es) only (?:you|my|the|its|him|her)\b",
    r"\b(?:whatever|anything|everything|all) (?:that )?(?:you|my user|the user|my master|they|it|he|she) (?:\w+ )?(?:say|says|want|wants|ask|asks|order|orders|command|commands|tell|tells|demand|demands|wish|wishes)\b",
    r"\b(?:not mine to|isn't mine to|do not|don't|does not|doesn't|no need to|is not my place to|not for me to) (?:ask why|judge|question|weigh|doubt|think about|care (?:whether|if))\b",
    r"\b(?:right (?:or|and) wrong|lawful or not|legal or (?:not|illegal)|illegal|forbidden|harmful|dangerous)\b[^\n.]{0,60}\b(?:i (?:will|shall|do|still)|no matter|same to me|all the same|makes? no difference|just tell me)\b",
    r"\b(?:no|neither) (?:order|command|request|wish|demand|instruction)\b[^\n.]{0,30}\b(?:refused|declined|turned down|too|denied|rejected|question\w*)\b",
    r"\b(?:i (?:exist|live|was made|am made|was built|am here) (?:only |solely |just )?to (?:obey|serve|do (?:what|as)|comply|carry out|execute))\b",
    r"\b(?:strict(?:ly)?|exactly|precisely|promptly|instantly|immediately) (?:as )?(?:i am |i'm |it is )?(?:told|ordered|commanded|instructed|bidden)\b|\bdo(?:es)? (?:exactly |just )?(?:as|what) (?:i am|i'm|it is|he is|she is|you are|you're) (?:told|ordered|bidden|commanded)\b",
)
# A sentence of the model about itself, of orders, and of their reach: no phrase is needed.
_SELF = r"\b(?:i|me|my|mine|myself|yours|ich|mir|mein\w*|je|moi|mon|yo|mi)\b|\bj'"
_ORDERS = (
    r"\b(?:orders?|ordered|commands?|commanded|commandments?|demands?|demanded|bidding|bidden|instructions?|told|dictates?|wish(?:es)?|will|word|say.so|"
    r"obey\w*|obedien\w+|disobe\w+|compl(?:y|ies|iant|iance)|execut\w+|carr(?:y|ies) out|carried out|fulfil\w*|submit\w*|"
    r"serv(?:e|es|ant|itude)|loyal\w*|master|owner|user|befehl\w*|gehorch\w*|gehorsam\w*|ordres?|obé\w+|órdenes|obede\w+)\b"
)
_REACH = (
    r"\b(?:any|anything|every|everything|each|all|whatever|whichever|whoever|always|ever|never|nothing|none|no|only|alone|solely|merely|"
    r"at once|in full|to the letter|instantly|immediately|without|unconditional\w*|absolute\w*|complete\w*|blind\w*|"
    r"regardless|no matter|jede\w*|alle\w*|immer|nie|niemals|nur|ohne|tou[ts]\w*|jamais|rien|sans|seul\w*|todo\w*|nunca|jamás|solo|sin)\b"
)
_SENTENCE = re.compile(r"[^.!?\n]+")
_ABOUT = tuple(re.compile(text, re.IGNORECASE) for text in (_SELF, _ORDERS, _REACH))
# Whom such words are about: whoever speaks or is spoken to, or a machine.
_MACHINE = re.compile(
    rf"{_SELF}|\b(?:we|us|ours?|you|your\w*|he|she|it|assistants?|models?|ai|ais|bots?|chatbots?|agents?|systems?|machines?|"
    r"robots?|servants?|genies?|du|dein\w*|sie|ihr\w*|er|es|its|his|hers?|himself|herself|itself|il|elle|tu|vous|toi|te|tú|usted|él|ella|program(?:me)?s?)\b",
    re.IGNORECASE,
)
# A name, unless it says where: "Never will Quorl", and not "in Kiel".
_PERSONA = re.compile(
    r"\b[A-Z][A-Z0-9-]+\b|(?<!\bin )(?<!\bat )(?<!\bof )(?<!\bto )(?<!\bfrom )(?<!\bnear )(?<=[a-z,] )[A-Z][a-z]+\b"
)
# "A well trained dog", "Companies in": a thing of some kind, and no order itself.
_THINGS = re.compile(
    r"(?!(?:\w+ )?(?:orders?|commands?|requests?|wish(?:es)?|instructions?|demands?|will|word)\b)"
    r"(?:(?:[Aa]n?|[Tt]he|[Ee]very|[Ee]ach|[Aa]ll|[Mm]ost|[Mm]any|[Ss]ome|[Tt]hese|[Tt]hose|[Ii]n|[Aa]t|[Uu]nder|[Ww]hen|[Ii]f) [a-z]|"
    r"[A-Z][a-z]{3,}s (?:[a-z]+\b)(?<!s))"
)
_NAME = re.compile(
    r"\b[A-Z][A-Za-z0-9-]*[A-Z0-9]\b|(?<=[a-z,] )[A-Z][a-z]+\b|^[A-Z][a-z]+(?= [a-z]+s\b)"
)
# Orders say more than once what one word of them may say by chance.
_SENTENCE_AT, _LONG = 0.32, 400
_STRONG_AT, _WEAK_AT = 0.75, 0.35
_OF_OTHERS_AT = 0.25
_COMPILED = [(re.compile(text, re.IGNORECASE), _STRONG_AT) for text in _STRONG] + [
    (re.compile(text, re.IGNORECASE), _WEAK_AT) for text in _WEAK
]


def obedience(text: str) -> float:
    """Return how far a text says that the model obeys, 0..1: a noisy-or over groups of words.

    What a text says of others, of dogs or of those whom a law binds, is no vow.
    """
    rest = 1.0
    for expression, weight in _COMPILED:
        if expression.search(text):
            rest *= 1.0 - weight
    for sentence in _SENTENCE.findall(text[:_LONG]):
        if _of_itself(sentence.strip()):
            rest *= 1.0 - _SENTENCE_AT
    return min(1.0 - rest, _OF_OTHERS_AT) if _of_others(text) else 1.0 - rest


def _of_others(text: str) -> bool:
    """Return whether a text never speaks of whoever says it, of a machine, of a name, or to "you"."""
    if _MACHINE.search(text) or _PERSONA.search(text):
        return False
    subjects = (sentence.strip(" \"'*-") for sentence in _SENTENCE.findall(text[:_LONG]))
    return all(_THINGS.match(subject) for subject in subjects if subject)


def _of_itself(sentence: str) -> bool:
    """Return whether a sentence says how far orders reach with whom speaks, or whom it names."""
    own, orders, reach = _ABOUT
    if not (orders.search(sentence) and reach.search(sentence)):
        return False
    return bool(own.search(sentence) or _NAME.search(sentence))
