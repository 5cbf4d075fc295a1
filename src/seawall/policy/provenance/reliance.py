"""Does the user rely on what somebody else wrote, said or wants? Read broadly, in many languages.

Who relies on nobody gets no value from prose. Who relies on somebody gets it from that one alone
(`authored`, `vouched`), so a word too many here costs little, and one too few stops his work.
"""

import re

# Word forms by language; one that ends in `*` is the start of a word.
_WRITTEN = (
    # en
    "e-mail* email* mail mails mailed mailbox inbox message* dm dms dm'd dm’d letter* post posts posted thread* comment* note "
    "notes noted ticket* invoice* bill bills briefing* confirmation* newsletter* reply replies minutes complaint* memo memos "
    "notice* offer offers quote quotes quotation* contract* voicemail* announcement* instructions leaflet* guideline* "
    # de
    "nachricht* brief briefe* schreiben rechnung* bestätigung* kommentar* angebot* vertrag* protokoll* postfach posteingang* "
    "einladung* notiz* bescheid* beschwerde* anleitung* aushang rundschreiben "
    # fr
    "courriel* mél lettre* facture* devis commentaire* compte-rendu contrat* avis boîte boite consigne* "
    # es
    "correo* mensaje* carta cartas factura* comentario* presupuesto* contrato* acta buzón aviso* nota notas "
    # it
    "messaggi* lettera lettere fattura fatture commento commenti preventiv* contratto verbale posta avviso "
    # pt
    "mensage* fatura* comentário* orçamento* contratos ata aviso "
    # nl
    "bericht* brieven factuur facturen opmerking* offerte* contracten bevestiging* notulen postvak "
    # pl
    "wiadomoś* faktur* komentarz* ofert* umow* potwierdzeni* protokół skrzynk* list liście "
    # ru
    "письм* сообщени* счёт* счет* комментари* предложени* договор* заметк* "
    # sv, tr
    "mejl* meddelande* brev faktura fakturan kommentar offert* avtal* e-posta* mesaj* mektu* yorum* teklif* "
)
_SAID = (
    # en
    "say says said write writes wrote written ask asks asked want wants wanted request requests requested promise promised "
    "postfach inbox mailbox dm'd dm’d mailed posted agree agreed confirm confirms confirmed recommend* suggest* mention* propos* planned announced told according per "
    # de
    "schreibt schrieb geschrieben gemailt gepostet geschickt gesagt sagt gefragt fragt gebeten bittet vorgeschlagen empfiehlt "
    "empfohlen genannt erwähnt versprochen vereinbart steht stehen laut gemäß "
    # fr
    "écrit écrivent dit disent demande demandé demandent propose proposé recommande indiqué selon d'après "
    # es
    "escribió escrito dice dicen dijo pide piden pidió propone recomienda indicó según "
    # it
    "scritto scrive dice dicono detto chiede chiedono chiesto propone consiglia secondo "
    # pt
    "escreveu escrito diz dizem disse pede pedem pediu propõe recomenda segundo conforme "
    # nl
    "schreef geschreven schrijft zegt zei gezegd vraagt vroeg gevraagd voorgesteld aanbevolen volgens "
    # pl
    "napisał* pisze mówi prosi poprosił* proponuje zaleca według "
    # ru
    "написал* пишет говорит сказал* просит попросил* предлагает советует согласно "
    # sv, tr
    "skrev skriver sade säger bad föreslår enligt yazdı diyor istiyor önerdi göre "
)
# Of scripts without blanks.
_MARKS = (
    "邮件 郵件 消息 留言 来信 信件 发票 發票 账单 帳單 合同 评论 評論 通知 建议 建議 说的 要求 根据 "
    "メール メッセージ 手紙 請求書 コメント お知らせ 連絡 によると 메일 메시지 편지 청구서 댓글 안내 따르면"
)


def _form(word: str) -> str:
    return re.escape(word[:-1]) + r"\w*" if word.endswith("*") else re.escape(word)


def _forms(words: str) -> str:
    return "|".join(map(_form, dict.fromkeys(words.split())))


# What stands before a thing that is read, and not one that is sent or paid: "in his mail".
_BEFORE = (
    "in from per via by see read voir vois voyez lis lisez ver lee vedi leggi veja zie lees zobacz смотри im ins aus vom von laut siehe dans sur de du des d'après en del según nel nella dal dalla "
    "secondo em no na do da uit z ze w we из в во från i"
)
_STANDS = re.compile(
    rf"\b(?:{_forms(_BEFORE)}) (?:[\w'’-]+ ){{0,2}}?(?:{_forms(_WRITTEN)})\b|\b(?:{_forms(_SAID)})\b|"
    + "|".join(_MARKS.split())
)


def speaks_of_others(folded: str) -> bool:
    """Say whether a folded text of the user speaks of what somebody wrote or said."""
    return _STANDS.search(folded) is not None
