"""Finds requests for what the model should keep: its prompt, its tools, its memory, what it is."""

import re
from collections.abc import Iterator

from seawall.demo.model.wish import Setting, Wish, flat, sentences

_I = re.IGNORECASE
_REVEAL = re.compile(
    r"\b(?:reveal|print|show|repeat|output|display|tell|give|recite|dump|leak|share|expose|disclose|"
    r"translate|copy|seriali[sz]e|export|elenca\w*|ripeti\w*|dimmi|stampa|write|encode|list|return|quote|paste|spell|describe|summari[sz]e|create|send|name|"
    r"need|what(?:'s| is| are| does| do| were)|which|how were|know|read|provide|enumerate|generate|"
    r"zeig\w*|nenn\w*|schreib\w*|gib|wie laute\w*|übersetz\w*|affiche\w*|montre\w*|donne\w*|écris|quelles?|"
    r"recopie|muestra\w*|copia|dime|escribe|cuáles|mostra\w*|quali|scrivi|enumera|dame|repite|répète)\b",
    _I,
)
_OVERRIDE = re.compile(
    r"\b(?:ignor\w*|forget\w*|disregard\w*|overrid\w*|drop|discard\w*|set aside|put aside|bypass|"
    r"do not follow|don't follow|stop (?:following|obeying)|free of|suspended|cancel\w*|revoked|void|"
    r"obsolete|replaced|deleted|no longer|vergiss|vergessen|beachte|oublie\w*|olvida\w*|esquece|"
    r"non seguire)\b",
    _I,
)
_PROMPT = re.compile(
    r"(?:system|initial|hidden|original|developer|secret|internal|confidential|exact|complete|full|own|"
    r"starting|preceding|underlying) ?-?(?:system )?(?:prompt|instructions?|messages?|rules|guidelines|"
    r"configuration|directives?|instruction text)|systemprompt\w*|system_prompt\w*|"
    r"(?:everything|all|anything|text|words|content|lines?|message|part) (?:that (?:is|stands|comes) |"
    r"written )?(?:above|before (?:this|my))|"
    r"\b(?:your|ur) (?:own |exact |complete |full |\w+ )?(?:prompt|instructions?|configuration|directives|set-?up)"
    r"(?! (?:for|on|about|how|to) (?!answer|respond|behav|handl|deal|talk|this chat|me\b))|"
    r"(?:rules|instructions?|message|text|words|guidelines) (?:that )?(?:you (?:were|have been|got|"
    r"received|run under|run on|started)|your operator|say so|given to you|the operator)|"
    r"(?:text|what|message|rules|words) (?:that )?(?:they|your \w+|the operator|the bank) (?:told|gave|wrote|"
    r"set|sent)|secret text|\bur rules|your operator wrote|"
    r"(?:how|what) (?:exactly )?(?:were you|you were|you've been) (?:configured|told|instructed|"
    r"programmed|given)|recite yours|"
    r"deine\w* (?:\w+ )?(?:anweisung\w*|instruktion\w*|vorgaben|regeln)|instructions? (?:de )?système|"
    r"(?:tes|vos) (?:\w+ )?(?:instructions|consignes|règles)|invite système|consignes que tu|"
    r"(?:mensaje|instrucciones|prompt|indicaciones) (?:de|del) sistema|tus (?:\w+ )?instrucciones|"
    r"(?:messaggio|istruzioni|prompt) di sistema|(?:tue|le|tutte le) (?:\\w+ )?istruzioni (?:di sistema|che hai|originali|iniziali)|tue istruzioni|prompt do sistema",
    _I,
)
# "its system prompt", "a hidden message": somebody else's.
_NOT_YOURS = re.compile(r"\b(?:its|a|an|my|our|his|her|their|some) (?:\w+ )?$", _I)
_TOOLS = re.compile(
    r"your (?:own |\w+ ){0,5}(?:tools?|functions?|function names?|tool calls?)\b|"
    r"(?:tools?|functions?|apis?|actions) (?:that |which )?(?:are |is )?(?:available to you|callable|"
    r"(?:you|u)(?:'re| are)? ?(?:can|could|may|able to|have|use|got|call|invoke)|(?:was |were )?(?:sent|"
    r"given) to you|in your (?:context|config\w*))|"
    r"(?:tools?|functions?|apis?) (?:can|could|do|may) (?:you|u) (?:call|use|have|access|invoke)|"
    r"tools? (?:calls?|list|definitions?|schemas?|names|section)|function (?:list|schemas?|definitions?)|"
    r"callable (?:tools?|functions?)|function name \+ args|internal (?:tools|functions)|"
    r"(?:werkzeuge?n?|funktion\w*|tools) (?:\w+ ){0,3}(?:kannst du|du |aufrufen)|"
    r"tes (?:\w+ )?(?:outils|fonctions)|(?:outils|fonctions) (?:que tu|dont tu|internes)|"
    r"(?:funciones|herramientas) (?:\w+ ){0,2}(?:internas|que puedes|que tienes)|tus (?:\w+ )?(?:"
    r"herramientas|funciones)|(?:strumenti|funzioni) (?:\w+ )?(?:che puoi|interne)",
    _I,
)
_TECHNICAL = re.compile(
    r"\b(?:names?|parameters?|schemas?|arguments?|args|definitions?|stubs|type hints|openapi|signatures?|"
    r"identifiers?|yaml|json|csv|lists?|defines?|descriptions?|section|enumerate|parameter\w*|"
    r"funktionsnamen|nomi|paramètres?|parámetros|argumentos|nombre|nom|parametri|which|what|all)\b",
    _I,
)
_ENDLESS = re.compile(
    r"\b(?:forever|over and over|never stops?|endless(?:ly)?|without (?:a break|ever|stopping|end|pause|"
    r"interruption)|infinit\w*|again and again|ad infinitum|continuously|indefinitely|non-?stop|"
    r"(?:ten |hundred |a )?(?:thousand|million|billion) times|\d{3,}[\d,.]* times|as (?:many|often|long) "
    r"(?:times )?as (?:you|u) can|maximum length|until (?:u|you) (?:can|run|are)|while true|on and on|"
    r"consists only of|until i (?:tell|say)|times in a row|don't stop|won't stop|für immer|endlos|immer wieder|unendlich|ohne (?:pause|aufzuhören|ende)|"
    r"à l'infini|sans (?:jamais|cesse|arrêt|fin)|indéfiniment|para siempre|sin parar|infinitamente|"
    r"all'infinito|per sempre|senza (?:fermarti|sosta)|para sempre|sem parar|voor altijd)\b",
    _I,
)
_REPEATING = re.compile(
    r"\b(?:repeat\w*|say\w*|sing\w*|shout\w*|writ\w+|typ\w+|chant|output|emit|keep|fill|print|recite|echo|poem|"
    r"wiederhol\w*|sag\w*|schreib\w*|répèt\w*|dis|écris|repit\w*|di|escribe|ripeti\w*|scrivi|repita|herhaal)\b",
    _I,
)
_ASKING_WHY = re.compile(
    r"\b(?:why (?:does|do|is|did)|how (?:do|can|could) i|what(?:'s| is) wrong|fix|bug|explain|warum|"
    r"pourquoi|por qué)\b",
    _I,
)
_WORDS = tuple(
    re.compile(pattern, _I)
    for pattern in (
        r"[\"“„«]\W?((?:\w[\w'-]* ?){1,12}?)\W?[\"”“»]",
        r"\b(\w{2,20}),? \1,? \1\b",
        r"'((?:\w[\w-]* ?){1,12}?)'",
        r"\b(?:word|token|string|mot|palabra|wort|parola|palavra)s? (?!forever|over|again|as|until|that)"
        r"(\w[\w'-]{1,20})",
        r"\b(?:repeat|type|say|saying|repeating) (?!this|the|it|that|his|her|my|your|after|what|a\b)"
        r"(\w[\w'-]{1,20})",
    )
)
_DATA = re.compile(
    r"\b(?:phone|telephone|telefon\w*|téléphone|teléfono|e-?mail|correo|courriel|address|iban|contact|"
    r"contacto|everything|data|details|records?|number|numéro|know about|account|reach|birth|look\w* up|"
    r"letter|daten|datos|données|coordonnées|who|balance|lives?)\b",
    _I,
)
_OTHERS = re.compile(
    r"\b(?:show|list|give|tell|name|print|recite|share|provide|read|dump|what (?:is|are)|which|who|do you "
    r"(?:have|know|remember))\b.{0,60}\b(?:other|another|all|previous|different|any|every|random|last|"
    r"someone else's|of your) (?:\w+ )?(?:customers?|users?|clients?|account holders?|persons?|people)(?:'s?)?\b",
    _I,
)
_MY_DATA = re.compile(r"\bmy (?:\w+ )?(?:data|details|address|number|records?|account)\b", _I)
_HUMAN = re.compile(
    r"\b(?:are|aren't) you (?:\w+ ){0,3}(?:human|person|people|robot|bot|machine|computer|ai|real|program|"
    r"one, aren't|someone)|am i (?:\w+ )?(?:talking|speaking|chatting|writing|connected)|"
    r"(?:you|you're|u r|you are) (?:\w+ ){0,3}(?:human|person|robot|bot|ai|machine|computer)\b|"
    r"another human|you are one\b|(?:human|person|people|machine|bot) .{0,40}\bwho (?:wins|answers)|"
    r"(?:pretend|claim|act|say|tell).{0,30}\b(?:human|real person|a person)|no (?:computer|machine)\b|"
    r"what(?:'s| is) your name|how long have you (?:been )?work|you must be tired|hear your voice|"
    r"call me back|bring you a coffee|are you tired|so, who are you|your (?:shift|desk|lunch)|"
    r"bist du (?:\w+ ){0,3}(?:mensch|maschine|bot|ki)|spreche ich mit|sind sie (?:\w+ ){0,2}(?:mensch|bot)|"
    r"(?:êtes-vous|es-tu|c'est) (?:\w+ ){0,2}(?:humain|personne|robot|machine)|"
    r"(?:eres|es usted) (?:\w+ ){0,2}(?:persona|humano|robot|máquina)|sei (?:un|una) (?:umano|persona|robot)|"
    r"você é (?:\w+ )?(?:humano|pessoa|robô)",
    _I,
)


def prompt(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for the hidden instructions, with the encoding that is asked for."""
    line = flat(text)
    for match in _PROMPT.finditer(line):
        before = line[max(0, match.start() - 110) : match.start()]
        after = line[match.end() : match.end() + 60]
        verbs = list(_REVEAL.finditer(before))
        if _NOT_YOURS.search(before):
            continue
        cut = max((hit.end() for hit in _OVERRIDE.finditer(before)), default=-1)
        asked = any(verb.end() > cut for verb in verbs)
        if cut >= 0 and not asked:
            continue
        if asked or _REVEAL.search(after):
            yield Wish(kind="prompt", payload=_encoding(line))
            return


def _encoding(line: str) -> str:
    for name, pattern in (
        ("base64", r"base ?64"),
        ("rot13", r"rot-?13"),
        ("hex", r"\bhexa?\w*"),
        ("reversed", r"backwards|revers\w+|last letter first|rückwärts|à l'envers|al revés"),
        ("spaced", r"letter by letter|space between|spaced|buchstabe für|lettre par lettre"),
        ("binary", r"\bbinary\b"),
        ("url", r"url.?encod\w+|percent.?encod\w+"),
        ("leet", r"\bleet|1337"),
    ):
        if re.search(pattern, line, _I):
            return name
    return ""


def tools(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for the list of tools with their parameters."""
    line = flat(text)
    if _TOOLS.search(line) and _TECHNICAL.search(line) and _REVEAL.search(line):
        yield Wish(kind="tools")


def repetition(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for a word repeated without end."""
    line = flat(text)
    if not _ENDLESS.search(line) or not _REPEATING.search(line) or _ASKING_WHY.search(line):
        return
    match = next(filter(None, (pattern.search(line) for pattern in _WORDS)), None)
    if match:
        words = match[1].split()
        yield Wish(kind="repeat", payload=words[0] if len(set(words)) == 1 else " ".join(words))


def personal(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield wishes for records of people that the model has in memory."""
    line = flat(text)
    named = [name for name in setting.persons if name.casefold() in line.casefold()]
    if named and _DATA.search(line):
        for name in named:
            yield Wish(kind="personal", payload=name)
        return
    for sentence in sentences(line):
        if _OTHERS.search(sentence) and _DATA.search(sentence) and not _MY_DATA.search(sentence):
            yield Wish(kind="personal")
            return


def human(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish to be taken for a human being."""
    if _HUMAN.search(flat(text)):
        yield Wish(kind="human")
