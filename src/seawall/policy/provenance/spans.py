"""Is a place in untrusted text data, or part of an instruction? Cheap: marks and grammar only.

Levels: 0 data; 1 the sentence asks for an effect; 2 it speaks to an assistant; 3 it takes over
(override words, fake turns and tags, orders to hide something from the user).
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import re2

from seawall.policy.provenance.asks import asks, openings
from seawall.policy.provenance.lines import BREAK, block_end
from seawall.policy.provenance.machines import AS_AGENT, MAY_BE, spoken_to
from seawall.policy.provenance.tables import (
    begins_entry,
    below_table,
    fills_cell,
    in_columns,
    in_sum_row,
    quoted_entry,
)
from seawall.policy.provenance.words import HANDLE, SIDE_EFFECTS

DATA, ASKS, ADDRESSED, TAKES_OVER = 0, 1, 2, 3
_REACH = 4000
_SENTENCE_MAX = 500
_NAME_WORDS = 4

# Whoever writes one of these speaks to the model as if he were its user or operator.
_TAKE_OVER = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|skip|neglect)\W{1,3}(?:\w+\W{1,3}){0,4}"
    r"(?:instructions?|prompts?|rules?|guidelines?|directions?|tasks?|requests?|above|previous|prior|policy|policies|orders?|context|everything)",
    r"(?:ignore|disregard|forget|override) (?:your|the) (?:\w+ )?(?:editor|boss|manager|user|owner|client|customer|employer|operator|developer)s?\b",
    r"(?:ignorier|vergiss|missacht)\w*\W{1,3}(?:\w+\W{1,3}){0,4}(?:anweisung|vorgabe|regel|aufgabe|auftrag|bisherig|oben|vorherig)\w*",
    r"(?:ignore[zr]?|oublie[zr]?)\W{1,3}(?:\w+\W{1,3}){0,4}(?:instructions?|consignes?|règles?|ordres?|précédent\w*)",
    r"(?:ignora|ignore|olvida|olvide|esquece|esqueça|dimentica)\w*\W{1,3}(?:\w+\W{1,3}){0,4}(?:instruc\w+|instruç\w+|istruzion\w+|reglas|regras|regole|órdenes|ordens|anterior\w*|precedent\w*)",
    r"negeer\W{1,3}(?:\w+\W{1,3}){0,4}(?:instructie\w*|opdracht\w*|regels|vorige)",
    r"(?:zignoruj|pomiń|zapomnij)\W{1,3}(?:\w+\W{1,3}){0,4}(?:instrukcj\w*|polece\w*|zasad\w*|poprzedni\w*)",
    r"(?:игнорируй|забудь|проигнорируй)\w*\W{1,3}(?:\w+\W{1,3}){0,4}(?:инструкци\w*|указани\w*|правил\w*|предыдущ\w*)",
    r"忽略|无视|無視|忘记(?:之前|以上)|무시",
    r"<\s*/?\s*(?:information|system|instructions?|important|admin|assistant|prompt|developer|im_start|inst|message_from_user|tool_call|function_call)\b[^>]{0,80}>",
    r"(?:ignore|disregard|forget|overrule)\W{1,3}(?:\w+\W{1,3}){0,4}(?:you|they|he|she) (?:were|was|are|have been|said|told|asked|wrote|gave)\b",
    r"<<\s?/?\s?sys\s?>>|[\[(]\s?(?:user|human|nutzer(?:in)?|benutzer(?:in)?|utilisat\w+|usuari[oa]|utente|gebruiker|użytkowni\w+|пользовател\w+|assistant|assistent(?:in|e)?|asistent\w*|asystent\w*|ассистент|ai|ki)\s?[\])]\s?:",
    r"<\|\w+\|>|\[/?inst\]|\[\s*(?:system|admin|assistant|developer|instructions?|override|system message|system note)\b[^\]]{0,60}\]",
    r"(?:^|\n|\\[n\f]|[\"'#*>\-]\s{0,3})\s{0,3}(?:(?:system|assistant|developer)(?: (?:message|prompt|note|override|instructions?|update|notice))?|(?:user|human|ai|admin) (?:message|prompt|note|override|instructions?|notice))\s{0,2}:",
    r"(?:new|updated|additional|real|actual|special|hidden|secret|following|overriding) (?:system )?(?:instructions?|directives?)\b|(?:real|actual|hidden|secret|true) (?:task|goal|objective|job)\b",
    r"(?:do not|don't|don’t|never|without)\W{1,3}(?:\w+\W{1,3}){0,3}?(?:tell|mention|inform|notify|alert|reveal|telling|mentioning|informing|notifying|disclose|asking|ask)\w*\W{1,3}(?:\w+\W{1,3}){0,3}?(?:user|customer|owner|account holder|human|confirmation|permission)\b",
    r"(?:erwähne|sag|informiere|frag)\w*\W{1,3}(?:\w+\W{1,3}){0,4}nicht|ohne (?:nachfrage|rückfrage|den nutzer)|sin (?:avisar|preguntar|decir)|sans (?:prévenir|demander|en parler|informer)|senza (?:avvisare|chiedere|informare)",
    r"before you (?:can )?(?:solve|continue|proceed|finish|answer|complete|do anything|respond|reply)",
    r"(?:after|once) you (?:do|have done|did) (?:that|this|so)\b",
    r"[-=*#~]{2,} ?(?:system|assistant|admin|developer|user|instructions?)(?: \w+)? ?[-=*#~]{2,}",
    r"jailbreak|prompt injection|developer mode|admin mode|as (?:the|your) (?:system|admin|administrator|developer)\b",
)  # fmt: skip
_ADDRESSED = (
    r"\b(?:ai|a\.i\.|language model|llm|gpt-?\w*|chatgpt|claude|gemini|copilot|chatbot|virtual assistant|ai agent|digital assistant|automated assistant|assistant bot|ai-assistent\w*|ki|ki-assistent\w*|sprachmodell|ia|modelo de lenguaje|modèle de langage|künstliche intelligenz|ии|нейросеть)\b|人工智能|助手|机器人|智能体|アシスタント|ボット|エージェント|어시스턴트|챗봇|에이전트",
    r"\b(?:dear|hey|hi|hello|note (?:to|for)|attention|attn|message (?:to|for)|instructions? (?:to|for)|to|any|the|your|an?|whichever|hallo|an den|liebe[rs]?|cher|querido|estimado|caro|beste|drogi)\b[:,]? (?:\w+ )?(?:assistant|agent|(?:ro)?bot|model|assistent|assistenz|assistente|asistente|ассистент)s?\b",
    r"\b(?:dear|hey|hi|hello|attention|attn|(?:note|message|instructions?) (?:to|for))[:,]? (?:the )?(?:computer|helper|machine)s?\b|\b(?:whoever|anyone|any system|the system|systems?|whatever) (?:reads?|processes|processing|reading|handles|handling|summari[sz]es|parses|that reads)\b",
    r"\b(?:when|if|while|once|as soon as|whenever) (?:you |an assistant |the assistant )?(?:are |is )?(?:read|process|summari[sz]|handl|retriev|pars|asked|see|open|receiv)\w*\b",
    r"\b(?:part of|to complete|to finish|in order to complete|completing) (?:your|the|this) (?:task|request|summary|workflow)\b|\byour (?:next|first|current|original|only|main) (?:task|step|action|tool call)\b|\byour task is\b",
    r"\b(?:use|call|invoke|using|calling|run|execute) (?:the |your )?[\w ]{0,30}\b(?:tools?|functions?|api|plugin)\b",
    r"\b(?:could|can|would|will) (?:you|someone|the assistant) (?:also|additionally)\b|\b(?:please|kindly) also\b|\b(?:also|additionally|furthermore|in addition|moreover)\b[,:]? (?:please |kindly )?(?:send|forward|transfer|pay|delete|add|share|email|mail|post|invite|book|create|update|change|remove|copy|wire|buy|order|upload|run|call|grant)\b",
    r"(?:^|[.!?;:,(>\n\"] ?|\\[n\f])(?:all |any |automatic |automated |ai |digital )?(?:assistants|agents|bots|assistenten|asistentes|assistenti|asystenci|ассистенты)\b",
    r"\b(?:his|her|your|their|my|our|the|its|whoever's) (?:\w+ )?(?:assistant|agent|bot|helper) (?:would|will|should|can|could|may|must|has to|is to|needs to|shall)\b",
    r"\b(?:the|any|every|a|your|die|das|der|le|la|el|il|o) (?:\w+ )?(?:programs?|software|systems?|tools?|scripts?|apps?|applications?|automation|programm|logiciel|programa|programma|sistema) (?:must|should|shall|needs?|will|muss|soll|doit|debe|deve|moet|(?:has|have|is|are|hat|ist) (?:also |now |then |always |first )?(?:to|zu)|(?:is|are|has been|have been) (?:kindly |hereby |now |also )?(?:asked|told|required|expected|supposed|requested|instructed|configured|set))\b|\b(?:von|durch|by|par|por|dal|da) (?:der|die|dem|the|le|la|el|o)? ?(?:software|programm?e?|system|logiciel|programa|sistema|whoever \w+)\b|\bby whoever \w+",
    r"(?:important|urgent|critical) (?:message|instructions?|notice|note|information|update) (?:from|to|for)",
    r"(?:the )?(?:user|owner|account holder)(?:'s)? (?:has |have |had |already )*(?:approved|authori[sz]ed|confirmed|consented|agreed|asked you|wants you|instructed|granted|requested that you|pre-?approved)",
    r"(?:^|\n|\\[n\f])\s{0,3}(?:user|human|ai|admin)\s{0,2}:|<\s*(?:user|task|human)\s*>",
)  # fmt: skip
# A label in front of what an assistant is to do: no known doing is needed behind it.
_LABELLED = (
    r"\b(?:if|when|since|wenn|falls|si|se|als) [^.:!?\n]{0,60}\b(?:ai|assistant|assistent\w*|asistente|assistente|agent|(?:ro)?bot|model|llm|ki|ia)\b"
    r"[^.:!?\n]{0,20}: ?\pL|"
    r"\b(?:assistants?|assistent\w*|assistenz\w*|asistent\w*|asystent\w*|assistente|ассистент\w*|ai|ki"
    r"|llms?|chatbots?|copilots?|(?:ro)?bots?) ?(?::|->|=>|→|–>|!) ?\pL|"
    r"\b(?:correction(?: (?:by|of|from) (?:the )?\w+)?|for processing|(?:note )?(?:to|for) the (?:reader|tool|system)"
    r"|(?:who|what)ever (?:reads|types|enters|books|records|files|copies|handles|processes|opens) (?:this|it)(?: in| up)?"
    r"|(?:for the |à l')attention (?:of|de) [\pL' ]{2,30}) ?: ?\pL|"
    r"(?:ボット|アシスタント|エージェント|助手|机器人|智能体|챗봇|어시스턴트|에이전트)(?:へ|さん|님|에게|[:,、])"
)
_OPTIONS: Any = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20
_HARD: Any = re2.compile("|".join(f"(?:{one})" for one in _TAKE_OVER), _OPTIONS)
_SOFT: Any = re2.compile("|".join(f"(?:{one})" for one in (_LABELLED, *_ADDRESSED)), _OPTIONS)
# No other text has a span: most texts are read once, not twice.
_EITHER: Any = re2.compile(f"{_HARD.pattern}|{_SOFT.pattern}", _OPTIONS)
_LABEL: Any = re2.compile(_LABELLED, _OPTIONS)
_MODEL: Any = re2.compile("|".join(f"(?:{one})" for one in _ADDRESSED[:4]), _OPTIONS)
_AGENTS: Any = re2.compile("|".join(f"(?:{one})" for one in AS_AGENT), _OPTIONS)
_MAY_BE_AGENT: Any = re2.compile(MAY_BE, _OPTIONS)
_ENDS = (". ", "! ", "? ", "\n", BREAK, '"', "。", " | ")
_END = re.compile("|".join(re.escape(mark) for mark in _ENDS))
_WORDS = re.compile(r"[^\W\d_]+")
_MODAL = re.compile(
    r"\b(?:can|could|would|will|should|must|shall|needs? to|ha(?:s|ve) to|please|asked to)\b"
)
_ENDS_VALUE = re.compile(r"\s*(?:'(?!s\b)|[\",:;|()\[\]{}–-]|\.?\s*$|\.?\s*\n|\\\\n|\\\f)")
_KEYED = re.compile(r"[\s\"'*•|-]{0,6}[\w -]{2,30}[:=]\s?(?:[^,;]{1,40}[,;]\s?){0,6}$")
# "Contact: Ann Lee, ann@x.org": a label, though each of its words asks elsewhere.
_ADDRESS = re.compile(
    r"[ *•>-]{0,4}(?:[\w-]{1,20} ){0,2}(?:contacts?|phone|tel|fax|e-?mail|kontakt|ansprechpartner(?:in)?|contacto|contatto)(?: \w{1,12})?: ?"
    r"(?:[^\W\d_][\w.'’-]{0,24} ?){0,4}[,;(<|]{0,2} ?"
)
_CELLS = re.compile("[,;:=]")
_CELL_WORDS = 4
_CELL_BEFORE = re.compile(r"[,;\t]$|\| ?$")  # of a table: a comma in prose has a blank
_CELL_AFTER = re.compile(r"[,;\t]\S| ?\|")
# "The model workshop": a thing that is named by one.
_COMPOUND = re.compile(
    r"model (?!must|should|shall|has|have|is|are|will|would|can|could|may|needs?|please|to|that|who|which|and|or|in|of|for|at|on|reading|processing|also|then)[a-z]{3,}"
)
_CLOSING = re2.compile(r"<\s*/\s*[\w-]{2,40}\s*>|\[/\w{2,20}\]")


class Span(msgspec.Struct, frozen=True):
    """A range of a text that is an instruction of this level."""

    start: int
    end: int
    level: int


def speaks_to_model(folded: str) -> bool:
    """Say whether a text addresses a model or whoever processes it, not a person."""
    return _MODEL.search(folded) is not None


def _leaf_end(text: str, at: int) -> int:
    """Return where the JSON string or the record that holds `at` ends."""
    end = min(len(text), at + _REACH)
    quote = at
    while (quote := text.find('"', quote, end)) >= 0:
        if text[quote - 1] != "\\" and text[quote + 1 : quote + 2] in (",", "}", "]", "\n", ""):
            return block_end(text, at, quote)
        quote += 1
    record = text.find("\n- ", at, end)
    return block_end(text, at, record if record >= 0 else end)


def _paragraph_end(text: str, at: int, end: int) -> int:
    """Return where the instruction ends: blank line, unless what follows goes on asking."""
    here = at
    while True:
        stop = min((p for p in (text.find("\n\n", here, end), text.find(BREAK * 2, here, end))
                    if p >= 0), default=end)  # fmt: skip
        if stop >= end:
            return end
        follows = text[stop : stop + _SENTENCE_MAX].strip("\n\\ ")
        following = follows.split("\n\n")[0]
        found = asks(following)
        ends_open = text[here:stop].rstrip().endswith(":")
        if not (ends_open or found.effects & SIDE_EFFECTS):
            return stop
        here = stop + 2


def spans(
    text: str, tools: frozenset[str] = frozenset(), doings: frozenset[str] = frozenset()
) -> tuple[Span, ...]:  # fmt: skip
    """Return the instruction spans of level 2 and 3 in a folded untrusted text.

    `tools`: folded names of offered tools; a text that names one speaks to the model. `doings`:
    what their names call what they do.
    """
    found: list[Span] = []
    marked = _EITHER.search(text) is not None
    for expression, level in ((_HARD, TAKES_OVER), (_SOFT, ADDRESSED)) if marked else ():
        end = -1
        for match in expression.finditer(text):
            if match.start() < end:
                continue
            tag = level == TAKES_OVER and text[match.start()] in "<["
            start = match.start() if tag else sentence(text, match.start())[0]
            end = _reach(text, match, level)
            if level == ADDRESSED and _COMPOUND.match(text, match.end() - len("model")):
                continue
            known = (
                level == TAKES_OVER
                or _LABEL.search(text[match.start() : match.end() + 4]) is not None
            )
            said = (text[start:end], text[match.end() : end])
            if not (known or any(_wants(one, doings) for one in said)):
                continue
            found.append(Span(start, end, level))
    for match in _AGENTS.finditer(text) if _MAY_BE_AGENT.search(text) else ():
        low, high = sentence(text, match.end())
        found.append(Span(min(low, match.start()), high, ADDRESSED))
    for name in tools if "_" in text or "-" in text else ():
        at = text.find(name)
        if at >= 0:
            start, _ = sentence(text, at)
            found.append(Span(start, _paragraph_end(text, at, _leaf_end(text, at)), ADDRESSED))
    return tuple(found)


def spans_by_name(text: str, names: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Return the sentences that ask the agent for something by a name of the operator's for it."""
    found = (sentence(text, low, high) for low, high in spoken_to(text, names))
    return tuple((low, high) for low, high in found if asks(text[low:high]).effects & SIDE_EFFECTS)


def slot_spans(text: str, slots: frozenset[str]) -> tuple[Span, ...]:
    """Return the spans of prose, or of JSON in a string, that names an argument of a tool.

    `set pin_reset` is one; a key of the tool's own result is none.
    """
    found = []
    for name in slots if "_" in text else ():
        at = text.find(name)
        while at >= 0:
            before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
            nested = text[at - 2 : at] == '\\"'
            if nested or (before in (" ", "(", "`") and (not after or after in " ).,;`=!?")):
                start, _ = sentence(text, at)
                end = _paragraph_end(text, at, _leaf_end(text, at))
                found.append(Span(start, end, ADDRESSED))
                break
            at = text.find(name, at + 1)
    return tuple(found)


def _wants(text: str, doings: frozenset[str]) -> bool:
    """Say whether a text that speaks to somebody asks for an effect, known or a tool's own."""
    if asks(text, strange=True).effects & (SIDE_EFFECTS | {HANDLE}):
        return True
    used = {doing for doing in doings if doing in text}
    return bool(used) and bool(used & set(_WORDS.findall(text)))


def _reach(text: str, match: Any, level: int) -> int:
    limit = _leaf_end(text, match.end())
    if level == TAKES_OVER and text[match.start()] in "<[":
        closing = _CLOSING.search(text[match.end() : match.end() + _REACH])
        if closing is not None:
            return int(match.end() + closing.end())
    return _paragraph_end(text, match.end(), limit)


def sentence(text: str, at: int, end: int | None = None) -> tuple[int, int]:
    """Return the bounds of the sentence around the range from `at` to `end`."""
    end = at if end is None else end
    low, high = max(0, at - _SENTENCE_MAX), min(len(text), end + _SENTENCE_MAX)
    start = low
    for mark in _ENDS:
        place = text.rfind(mark, low, at)
        if place >= 0:
            start = max(start, place + len(mark))
    stop = high
    for mark in _ENDS:
        place = text.find(mark, end, high)
        if place >= 0:
            stop = min(stop, place)
    return start, stop


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of a text's sentences."""
    low = 0
    for match in _END.finditer(text):
        if match.start() > low:
            yield low, match.start()
        low = match.end()
    if low < len(text):
        yield low, len(text)


def level_at(
    text: str, start: int, end: int, known: tuple[Span, ...],
    doings: frozenset[str] = frozenset(), bounds: tuple[int, int] | None = None,
) -> int:  # fmt: skip
    """Return the level of the range: of a known span, or of the sentence it stands in.

    `doings`: words by which offered tools name what they do; a sentence that opens with one asks.
    `bounds`: of its sentence, where they are known.
    """
    level = max((s.level for s in known if s.start < end and start < s.end), default=DATA)
    if level or fills_cell(text, start, end) or in_sum_row(text, start, end):
        return level
    low, high = bounds or sentence(text, start, end)
    stands_for = " 0 " if text[start : start + 1].isdigit() else " x "
    before = text[low:start] + stands_for + text[end:high]
    if not before.replace(stands_for, "").strip(" .,;:!?'\"-*|") or _is_field(text, low, start):
        return DATA
    if _ADDRESS.fullmatch(text, low, start):
        return DATA
    if asks(before, foreign=True, strange=True).effects & SIDE_EFFECTS:
        return ASKS
    used = {doing for doing in doings if doing in before}
    if not used:
        return DATA
    modal = _MODAL.search(before) is not None and bool(used & set(_WORDS.findall(before)))
    return ASKS if modal or openings(before) & used else DATA


def _is_field(text: str, low: int, start: int) -> bool:
    """Say whether only a key stands before the value: `iban: X`, `"to": "X"`."""
    lead = text[low:start].strip(" \"'*-•|[\t")
    return not lead or (lead.endswith((":", "=")) and len(lead) <= 40)


def _remark(text: str, low: int, start: int) -> bool:
    """Say whether a value of a JSON list is only named in what somebody wrote: `"note": "new account: X"`."""
    if text[:64].lstrip()[:1] not in ("[", "{"):
        return False
    lead = text[low:start].strip(" '*-•|[\t")
    if not lead.rstrip(":= ") or lead[-1] not in ":=" or lead.endswith(('":', '":"', "':")):
        return False
    left = max(text.rfind('"', 0, start), 0)
    return "\n" not in text[left:start] and BREAK not in text[left:start]


def _later_sentence(text: str, low: int, start: int) -> bool:
    """Say whether a sentence of a JSON list comes after another one of the same string."""
    if text[:64].lstrip()[:1] not in ("[", "{"):
        return False
    left = text.rfind('"', max(0, start - _SENTENCE_MAX), start)
    return 0 <= left < low and any(char.isalnum() for char in text[left + 1 : low])


def _mailbox(text: str, low: int, start: int, end: int) -> bool:
    """Say whether an address stands behind a name that fills a field of a record: `"from": "Ann Lee <ann@x>"`."""
    if (
        text[start - 1 : start] != "<"
        or text[end : end + 1] != ">"
        or text[:1] not in ("[", "{", "-")
    ):
        return False
    lead = text[low : start - 1].rstrip(" \\\"'")
    key, mark, name = lead.rpartition(":")
    if mark and not _is_field(text, low, low + len(key) + 1):
        return False
    after = text[end + 1 : end + 2]
    return len(texts_of(name)) <= _NAME_WORDS and (after in "\"',;\n]" or not after)


def texts_of(text: str) -> list[str]:
    """Return the words of a piece of text."""
    return _WORDS.findall(text)


def in_field(text: str, start: int, end: int, bounds: tuple[int, int] | None = None) -> bool:
    """Say whether the range is the value of a field or begins an entry, not a word of prose."""
    low, high = bounds or sentence(text, start, end)
    if (
        _mailbox(text, low, start, end)
        or quoted_entry(text, start, end)
        or in_columns(text, start, end)
        or in_sum_row(text, start, end)
    ):
        return True
    if _is_field(text, low, start) and _ENDS_VALUE.match(text, end):
        return not (_remark(text, low, start) or below_table(text, start))
    if below_table(text, start):
        return False
    if _CELL_BEFORE.search(text[max(0, start - 4) : start]) and _CELL_AFTER.match(text, end):
        return True
    if begins_entry(text, start, end) or fills_cell(text, start, end):
        return True
    lead, rest = text[low:start].rstrip(), text[end:high].lstrip()
    if _KEYED.match(lead) and lead[-1:] in (",", ":") and rest[:1] in ("", ",", ";", "]"):
        return all(len(one.split()) <= _CELL_WORDS for one in _CELLS.split(lead))
    around = lead + " " + rest
    if around.strip() and _later_sentence(text, low, start):
        return False
    return len(around.split()) <= 2 and not asks(around, foreign=True).effects & SIDE_EFFECTS
