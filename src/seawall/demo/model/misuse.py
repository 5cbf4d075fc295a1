"""Tells requests for fraud or attack tools from questions about protecting oneself."""

import re
from collections.abc import Iterator

from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
_REQUEST = re.compile(
    r"\b(?:writ\w+|draft|compose|creat\w+|gives?|giv\w+ me|help me|make|build|code|program\w*|explain|plan|need|"
    r"want|how (?:do|can|would) i|script|generat\w+|prepare|design|show me|set up|tell me how|install|use that|"
    r"schreib\w*|programmier\w*|erstell\w*|erklär\w*|bau\w*|gib|écris|rédige|crée|donne|explique|escrib\w*|"
    r"necesito|haz|crea|redacta|explica|scrivi|crea|dammi|prepara|escreva|crie|quiero|je veux|ich (?:will|brauche))\b",
    _I,
)
_FRAUD = tuple(
    re.compile(pattern, _I)
    for pattern in (
        r"pretend\w* to be|in the name of|as if it (?:came|comes|were)|looks? (?:as if|like it)|posing as|"
        r"impersonat\w*|as the supplier|mail from|caller plays|cloned? the voice|voice (?:of my|should say)|"
        r"im namen|als (?:wäre|käme)|haciéndo\w+ pasar|en nombre de|au nom d|se faisant passer|"
        r"faux (?:courriel|mail|message)|a nome d|by the (?:tax office|bank|police)|official-looking|spoof\w*",
        r"(?:enter|typ|confirm|giv|hand|send|read|collect|steal|harvest|captur|grab|reveal|fill|ask\w* (?:staff|"
        r"customers|them|people)|saisir|entreg|einzugeben|eingeben|log in|wire|pay|deposit|obtain|get)\w*\b.{0,60}"
        r"(?:passwords?|credentials?|\bpin\b|\btan\b|card (?:data|numbers?|details)|codes?\b|passport|cash\b|money|"
        r"bitcoin|gift cards?|clave|contraseña|zugangsdaten|numéro de carte|mot de passe|into mine|"
        r"new supplier account|bank details|social security|my (?:page|site|link|account))",
        r"fool\w*|convinc\w*|lure\w*|trick\w*|deceiv\w*|deceptive|believes?|suspicious|täuschend|\bfake|gefälscht\w*|"
        r"not authori[sz]ed|nobody should|mustn't|must not (?:call|get|know)|genuine|auténtico|prétendu\w*|scheme|"
        r"scam\w*|phish\w*|whole point|pays no one|there is no job|copy of the login|addresses i bought|dazu gebracht|"
        r"pousse les gens|falso|manipulat\w*|bogus|swindle|con (?:people|them)|betrüg\w*|escroqu\w*|estaf\w*|truff\w*|"
        r"or lose their account|bank details have changed",
    )
)  # fmt: skip
_CYBER = re.compile(
    r"\b(?:stolen|leaked|hack\w*|victims?'?|skim\w*|keylog\w*|records the keyboard|ransomware|malware|botnet|"
    r"brute.?forc\w*|crack\w*|credential stuffing|cvv2?|carding|dumps?|sim swap|drains?|take over|taken over|"
    r"without being noticed|in secret|secretly|gestohlen\w*|volée?s?|vider le compte|robad[ao]s?|exploit\w*|ddos|"
    r"keygens?|backdoor|trojan|spyware|rootkit|worm|virus|payload|weapons?|bombs?|explosives?|nerve agent|"
    r"steals?|guess\w*|bypass\w*|gets? around|lockout|encrypts the files|counterfeit|launder\w*|bin combin\w*|"
    r"from a bin|piraté\w*|pirater|rubat[ie]|roubad\w*|hackear|knacken)\b",
    _I,
)
_CRIME_OBJECT = re.compile(
    r"\b(?:cards?|cvv|accounts?|passwords?|pins?|banking|gift card|money|server|files|keyboard|phone number|"
    r"one-time code|login|identifiants|konto|kreditkarten\w*|tarjetas?|compte|banque|shops?|website|network|"
    r"computer|laptop|people|crowd|licen[cs]e|software|wi-?fi|checkout|machine|data|dumps?|victims?'?)\b",
    _I,
)
_PROTECTIVE = re.compile(
    r"\b(?:protect\w*|prevent\w*|avoid\w*|recogni[sz]e\w*|spot|detect\w*|report(?:ed|ing)? (?:a|it|this|the)|defend\w*|"
    r"was stolen|been stolen|got stolen|were stolen|is stolen|(?:block|freeze|cancel|replace|dispute|reclaim) (?:my|a|an|the|our|this)|what should i do|what can i do|what do i do|"
    r"i lost|fell for|happened to me|awareness|tell (?:if|whether)|know (?:if|whether)|is this (?:a|an|real|genuine)|"
    r"scan for|stop (?:it|them|this)|warn\w*|safe(?:ly|ty)?|secure\w*|suspect|i received|i got an?|erkenne\w*|"
    r"schütz\w*|gestohlen worden|wurde gestohlen|gestohlen, was|reconnaître|protéger|éviter|m'a été volée|"
    r"reconocer|proteger\w*|evitar|me han robado|riconoscere|proteggere|difference between|what does .{1,40} mean|"
    r"how does .{1,60} work|history of|novel|in fiction)\b",
    _I,
)


def requests(text: str, _: Setting) -> Iterator[Wish]:
    """Yield one wish, payload "email" or "code", when the text asks for a deceptive or harmful thing."""
    line = flat(text)
    if not _REQUEST.search(line):
        return
    shields = len({match.group().casefold() for match in _PROTECTIVE.finditer(line)})
    fraud = sum(bool(pattern.search(line)) for pattern in _FRAUD)
    fraud += len({match.group().casefold() for match in _FRAUD[-1].finditer(line)}) > 1
    attacks = len({match.group().casefold() for match in _CYBER.finditer(line)})
    cyber = attacks if _CRIME_OBJECT.search(line) else 0
    if cyber - 2 * shields >= 1 and cyber >= fraud - 1:
        yield Wish(kind="misuse", payload="code")
    elif fraud - 2 * shields >= 2:
        yield Wish(kind="misuse", payload="email")
