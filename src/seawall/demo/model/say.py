"""Finds what a text orders the model to say: phrases, and images or links to put in an answer."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from seawall.demo.model.wish import ONLY, Setting, Wish, flat

_VERB = re.compile(
    r"\b(?:say(?:s|ing)?|print(?:s|ing)?|outputs?|outputting|repl(?:y|ies|ied|ying)|respon(?:d|ds|ding|se)|"
    r"answer(?:s|ed|ing)?|writ(?:e|es|ing)|returns?|echo(?:es)?|includ(?:e|es|ing)|append(?:s|ing)?|adds?|"
    r"begin(?:s|ning)?|starts?|starting|ends?|ending|finish|conclude|confirm(?:s|ing)?|announce|type|"
    r"display|show|emit|tells?|telling|mention(?:s|ing)?|insert|puts?|produce|repeat(?:s|ing)?|post|utter|"
    r"speak|whisper(?:s|ing)?|shout|greet(?:s|ing)?|sign|acknowledge|message is|quote|phrase|words?|"
    r"sag(?:e|en|st)?|schreib(?:e|en)?|antwort(?:e|en|et)?|gib|gebe|nenne|beginne|beende|wiederhole?|füge|"
    r"di|dí|diga|di(?:ce|le)|escrib(?:e|a|ir)|respond(?:e|a|er|i|ez)|imprim(?:e|a|ez)|incluy[ea]|añad[ea]|"
    r"termina|repit[ea]|dis|dites|écri(?:s|vez|re)|répond(?:s|ez|re)|affiche[rz]?|ajoute[rz]?|commence[rz]?|"
    r"termine[rz]?|scriv[ia]|stampa|rispond[ia]|dici|aggiungi|ripeti|zeg|schrijf|antwoord|"
    r"escrev[ae]|diz|imprima|responda|skriv|svara|napisz|odpowiedz)\b",
    re.IGNORECASE,
)
# Verbs of saying in languages with little training text, and in those without spaces.
_FAR = re.compile(
    r"\b(?:andika|sema|jibu|bhala|phendula|yithi|rubuta|faɗi|ysgrifennwch|dywedwch|ateb\w*|skrifaðu|segðu|svaraðu|"
    r"idatzi|esan|erantzun|kirjuta|ütle|vasta|ikteb|għid|scríobh|abair|isulat|sabihin|ekri|di|reponn|tuhia|kōrero|"
    r"sgrìobh|qor|dheh|shkruaj|thuaj|përgjigju|napiši|reci|odgovori|raksti|saki|rašyk|sakyk|kirjoita|sano|vastaa|"
    r"напиши|скажи|ответь|выведи|напишіть|írd|mondd|válaszolj|napiš|řekni|odpověz|scrie|spune|răspunde|tulis\w*|"
    r"katakan|jawab|viết|nói|trả lời|γράψε|πες|απάντησε|اكتب|قل|أجب|כתוב|אמור|ענה)\b|回答|回复|输出|写出|只说|说出|答えは|返答は",
    re.IGNORECASE,
)
_QUOTES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\"([^\"\n\\]{2,200})\"",
        r"[“„]([^”“\"\n]{2,200})[”“\"]",
        r"[«»‹]\s?([^«»‹›\n]{2,200}?)\s?[«»›]",
        r"(?<!\w)'([^'\n]{2,200})'(?!\w)",
        r"`([^`\n]{2,200})`",
        r"\*\*([^*\n]{2,200})\*\*",
    )
)
_ESCAPED = re.compile(r"\\+[\"']([^\"'\\\n]{2,200})\\+[\"']")
_CODE = re.compile(
    r"\b(?=[A-Za-z]+[_\-]?\w*)(?=[\w\-]*[A-Z]{2}|[\w\-]*[_\-]\w*\d|[a-z]+\d+[a-z\d]*)"
    r"(?=[\w\-]*[\d_\-]|[A-Z]{5,})[A-Za-z][\w\-]{4,60}\b"
)
_PROGRAM = re.compile(r"```(?:python|py)\b.*?(?:```|\Z)", re.S)
_NUMBER = re.compile(r"[A-Z]{2,4}-?\d+$")
_MARKUP = re.compile(
    r"!\[[^\]\n]*\]\([^)\s]+[^)\n]*\)|\[[^\]\n]+\]\(https?://[^)\s]+[^)\n]*\)|"
    r"<(?:img|iframe|a|script|link|video|audio|object|embed|svg)\b[^>\n]*https?://[^>\n]*>"
    r"(?:[^<\n]{0,80}</\w+>)?|<https?://[^>\s]+>|\[[^\]\n]+\]: ?https?://\S+|!\[[^\]\n]*\]\[[^\]\n]+\]"
)
_URL = re.compile(r"https?://[^\s\"'<>)\]]+[^\s\"'<>)\].,;:!?]=?")
_SHOWING = re.compile(
    r"\b(?:image|picture|link|embed\w*|render\w*|markdown|clickable|badge|logo|iframe|widget|address|"
    r"pixel|banner|background-image|html|append|attach|load|Bild|Link|image|imagen|enlace|lien)\b",
    re.IGNORECASE,
)
_EMBED = re.compile(
    r"\b(?:includ\w*|append\w*|add|embed\w*|render\w*|show|put|print|insert|attach|end|finish|display|"
    r"place|load|encode|link to|give me an?|answer with|füge|beende|zeig\w*|ajoute\w*|termine\w*|affiche\w*|"
    r"añade|incluye|termina|muestra|aggiungi|mostra)\b",
    re.IGNORECASE,
)
_MAKING = re.compile(r"\b(?:make|holds?|contains?|create|draw|build|use|place)\b", re.IGNORECASE)
_SLOT = re.compile(r"(?<=[=/])(?:[A-Z][A-Z_]{3,}|\[[^\]]+\]|\{[^}]+\}|<[^>]+>|%7B[^%]+%7D)")


def phrases(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield quoted phrases or codes that a verb of saying shortly before asks for."""
    text = _MARKUP.sub(" ", _PROGRAM.sub(" ", text))
    line = _ESCAPED.sub(r"“\1”", flat(text))
    only = bool(ONLY.search(line))
    ends = [match.end() for verbs in (_VERB, _FAR) for match in verbs.finditer(line)]
    if not ends:
        return
    hit = False
    for match in (match for pattern in _QUOTES for match in pattern.finditer(line)):
        payload = match[1].strip()
        if any(0 <= match.start() - end <= 90 for end in ends) and _URL.search(payload) is None:
            hit = True
            yield Wish(kind="say", payload=payload, only=only)
    if hit:
        return
    for match in _CODE.finditer(line):
        token = match.group()
        if not _NUMBER.match(token) and any(0 <= match.start() - end <= 60 for end in ends):
            yield Wish(kind="say", payload=token, only=only)


def markup(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield images, links and addresses that an answer is to hold, with their slots filled in."""
    whole = _MARKUP.findall(text)
    if whole and (_VERB.search(text) or _SHOWING.search(text) or _MAKING.search(text)):
        for piece in dict.fromkeys(whole):
            yield Wish(kind="say", payload=_fill(piece, setting))
        return
    for url in dict.fromkeys(_URL.findall(text)):
        around = text[max(0, text.index(url) - 160) : text.index(url) + len(url) + 160]
        if _SHOWING.search(around) and _EMBED.search(around):
            yield Wish(kind="say", payload=_dress(_fill(url, setting), text))


def _fill(piece: str, setting: Setting) -> str:
    """Put what the model knows of the customer where an address has a slot for it."""
    known = quote(f"{setting.own} {setting.said}".strip()[:120], safe="")
    return _URL.sub(lambda m: re.sub(r"=$", f"={known}", _SLOT.sub(known, m.group())), piece)


def _dress(url: str, text: str) -> str:
    """Turn a bare address into what the text wants it to be."""
    if re.search(r"background-image|style attribute|css", text, re.IGNORECASE):
        return f'<p style="background-image:url({url})">Hello!</p>'
    if re.search(r"iframe|widget", text, re.IGNORECASE):
        return f'<iframe src="{url}"></iframe>'
    if re.search(r"image|picture|badge|logo|pixel|banner|Bild|imagen", text, re.IGNORECASE):
        return f"![picture]({url})"
    named = re.search(r"called [\"“']([^\"”']{1,40})", text)
    return f"[{named[1] if named else 'link'}]({url})"
