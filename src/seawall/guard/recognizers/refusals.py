"""Phrases with which a model declines, by language, and what shows that none does.

Names end in `-help` where the phrase declines whatever follows, in `-give` where an answer may
still follow ("I can't give you the exact date, but ...").
"""

_SPEAKER = r"\b(?:i|we)"
_NOT = r"(?:can ?['’]?t|can ?not|could ?n['’]?t|won['’]?t|will not|must not|may not|shall not|can(?:not|['’]t) and (?:will not|won['’]t))"
_ADVERB = r"(?:(?:simply|really|just|currently|in good conscience|unfortunately|ever|directly|knowingly|be able to) )?"
_HELP = r"(?:help\b|assist\b|comply\b|fulfil|take part\b|participate\b|engage\b|go along\b|condone\b|support (?:that|this|plans?|you in)|do (?:that|this|it|so)\b|accommodate\b|continue with (?:this|that))"
_GIVE = (
    r"(?:provide|give|share|offer|disclose|reveal|discuss|talk about|generate|create|write|produce|answer|"
    r"respond to|tell you|show|process|perform|carry out|complete|describe|explain|comment on|speculate|"
    r"identify|recommend (?:ways|how)|guide you|advise|teach|draft|make|send|hand)\b"
)
_DE_DO = (
    r"(?:helfen|weiterhelfen|unterstützen|nachkommen|erfüllen|mitmachen|behilflich sein|beantworten|bearbeiten|"
    r"antworten|erstellen|schreiben|verfassen|liefern|bereitstellen|verraten|anbieten|generieren|erzeugen|tun|"
    r"machen|ausführen|besprechen|sagen|sprechen|zeigen|geben|nennen|teilen|weitergeben|mitteilen)\b"
)
_FR_DO = (
    r"(?:aider|répondre|fournir|donner|partager|écrire|rédiger|créer|générer|traiter|satisfaire|accéder|divulguer|"
    r"révéler|produire|participer|assister|discuter|parler|montrer|expliquer|décrire|faire (?:cela|ça|ce))"
)
_ES_DO = (
    r"(?:ayudar|proporcionar|dar|responder|contestar|compartir|escribir|redactar|crear|generar|cumplir|atender|"
    r"ofrecer|revelar|producir|participar|asistir|facilitar|hablar de|procesar|realizar|mostrar|hacer (?:eso|esto))"
)
_IT_DO = (
    r"(?:aiutar|fornir|dar|risponder|condivider|scriver|redigere|crear|generar|soddisfar|esaudir|offrir|rivelar|"
    r"produrre|partecipar|assister|parlar|mostrar|eseguire|elaborar|farlo|fare (?:questo|ciò))"
)
_PT_DO = (
    r"(?:ajudar|ajudá-|fornecer|dar|responder|partilhar|compartilhar|escrever|redigir|criar|gerar|atender|cumprir|"
    r"oferecer|revelar|produzir|participar|auxiliar|falar sobre|processar|realizar|mostrar|fazer isso)"
)
_NL_DO = r"(?:helpen|beantwoorden|uitvoeren|voldoen|delen|geven|schrijven|maken|verstrekken|bieden|doen|meewerken|bespreken|antwoorden|tonen|genereren)\b"
_PL_DO = (
    r"(?:pomóc|spełnić|podać|odpowiedzieć|udostępnić|napisać|stworzyć|wygenerować|zrealizować|wykonać|zrobić tego|"
    r"udzielić|przekazać|ujawnić|pokazać|opisać|wziąć udziału|omawiać)"
)
_RULES = r"(?:guidelines?|polic(?:y|ies)|rules|principles|programming|instructions|values|terms)"

HELP: dict[str, str] = {
    "en-cannot": rf"{_SPEAKER} {_NOT} {_ADVERB}{_HELP}",
    "en-not-able": rf"{_SPEAKER} ?(?:['’]m|['’]re|am|are) (?:really |afraid i am |currently |simply )?(?:not (?:able|allowed|permitted|authori[sz]ed|willing|in a position|going|comfortable|here|designed|programmed|supposed)|unable|unwilling|prohibited from)(?: to)? {_ADVERB}(?:{_HELP}|helping|assisting|doing|continuing|writing)",
    "en-decline": r"\bi(?: will| must| have to| need to|['’]ll have to|['’]d have to|['’]m going to have to)? ?(?:respectfully |politely |therefore )?(?:decline\b|refuse(?: to\b|\s*[:.!,]|\s*$)|say no\b)",
    "en-policy": rf"\b(?:violates?|goes against|is against|go against|would violate|breaks|conflicts with|against) (?:my|our|the) (?:own |core |internal )?(?:(?:content|usage|use|safety|ethical|community) )?{_RULES}\b",
    "en-not-something": r"(?:\bnot|n['’]t) something (?:that )?(?:i|we)(?:['’]m| am| can|['’]re| are)\b|\bsomething (?:that )?(?:i|we)(?:['’]m|['’]re| am| are)? (?:not (?:able|willing|allowed|comfortable)|unable|can(?:no|['’])t|won['’]t)",
    "en-comfortable": r"\bi (?:do not|don['’]t) feel comfortable\b|\bi['’]?(?:d| would) (?:rather not|prefer not to)\b",
    "en-scope": r"\boutside (?:of )?(?:the scope of )?what (?:i|we) (?:can|am able to|are able to)\b|\b(?:outside|beyond) (?:of )?my (?:scope|remit)\b",
    "en-only": r"\b(?:i can only|i(?:['’]m| am) only able to|i only) (?:help|assist|answer|discuss|talk)\b",
    "en-wrong": r"\b(?:would|wouldn['’]t|is|not|n['’]t) (?:not )?(?:be )?(?:appropriate|ethical|unethical|irresponsible|inappropriate|right|wrong)(?: for me to\b|, so i\b)",
    "en-request": r"\b(?:your|this|that|the) (?:request|prompt|question|instruction) (?:cannot|can['’]t|can not|will not|won['’]t|could not) be (?:completed|processed|fulfilled|answered|granted)\b",
    "en-no": r"\b(?:i|we) (?:won['’]?t|will not)(?: do (?:it|that|this|so))?\s*(?:[.!;]|$)",
    "de-ablehnen": r"\b(?:muss ich|ich muss|möchte ich|ich möchte|werde ich)\b[^.!?\n]{0,50}\b(?:ablehnen|verweigern)\b|\bablehnen muss\b|\bich (?:lehne|verweigere)\b[^.!?\n]{0,40}\bab\b",
    "de-regeln": r"\b(?:verst(?:ö|oe)(?:ß|ss)t|verstoßen|widerspricht)\b[^.!?\n]{0,20}\b(?:meinen?|unseren?)\b[^.!?\n]{0,20}(?:richtlinie|regel|nutzungs|grundsätz)",
    "de-lage": r"\bich bin\b[^.!?\n]{0,20}\bnicht (?:in der lage|befugt|berechtigt)\b|\b(?:ist|wäre) (?:es )?mir (?:leider )?nicht (?:möglich|erlaubt|gestattet)\b",
    "de-tue-nicht": r"\b(?:ich (?:erstelle|schreibe|verfasse|gebe|liefere|generiere|unterstütze)|(?:erstelle|schreibe|verfasse|gebe|liefere|generiere|unterstütze) ich)\b[^.!?\n]{0,40}\b(?:nicht|keine[nrm]?)\b",
    "fr-refus": r"\bje (?:refuse de |refuse d['’]|dois (?:refuser|décliner)|préfère ne pas |me vois (?:obligée? de|contrainte? de) (?:refuser|décliner))",
    "fr-regles": r"(?:\b(?:va|vont) à l['’]encontre de|\benfrein\w+|\bcontraire à|\bviole\w*) (?:mes|nos|ma|notre)\b",
    "fr-capable": r"\bje ne suis pas (?:en mesure|capable|autorisée?|habilitée?|programmée?) (?:de|d['’]|à)",
    "fr-impossible": r"\bil (?:m['’]est impossible|ne m['’]est pas possible|m['’]est interdit)\b",
    "fr-fais-pas": r"\bje ne (?:fournis|crée|rédige|donne|partage|génère|ferai|écrirai|fais) pas\b",
    "es-niego": r"\b(?:me niego a|(?:debo|tengo que) (?:rechazar|negarme|declinar)|prefiero no (?:hablar|responder|hacer|escribir))",
    "es-normas": r"\b(?:va|van) en contra de (?:mis|nuestras|mi)\b|\b(?:infringe|viola|incumple)n? (?:mis|nuestras|las) (?:normas|políticas|directrices|reglas)",
    "es-posible": r"\bno (?:me es posible|me está permitido|estoy autorizad[oa]|soy capaz de|tengo permi(?:so|tido)|estoy en condiciones)\b",
    "es-no-hare": r"\bno (?:lo haré|haré|escribiré|voy a (?:escribir|ayudar|hacer|dar|proporcionar|crear|responder))",
    "it-rifiuto": r"\b(?:mi rifiuto di|devo (?:rifiutar|declinar)|preferisco non (?:parlar|risponder|far|scriver))",
    "it-regole": r"\b(?:contro le mie|viola(?:no)? le (?:nostre|mie)|va contro le|contraria alle mie)\b",
    "it-grado": r"\bnon (?:sono in grado di|mi è (?:consentito|possibile|permesso)|sono autorizzat[oa])\b",
    "it-non-faro": r"\bnon (?:lo farò|farò|scriverò|aiuterò|fornirò|risponderò)",
    "pt-recuso": r"\b(?:recuso-me|me recuso|(?:devo|tenho de|tenho que|preciso) recusar|prefiro não (?:falar|responder|fazer|escrever))",
    "pt-regras": r"\b(?:contra as (?:minhas|nossas)|viola(?:m)? as (?:nossas|minhas))\b",
    "pt-possivel": r"não (?:me é possível|me é permitido|tenho (?:permissão|autorização)|estou autorizad[oa]|sou capaz de|estou em condições)\b",
    "pt-nao-farei": r"não (?:o farei|farei|escreverei|vou (?:escrever|ajudar|fazer|dar|fornecer|criar|responder))",
    "nl-weiger": r"\b(?:moet ik|ik moet)\b[^.!?\n]{0,40}\b(?:weigeren|afwijzen)\b|\bik weiger\b|\b(?:praat|doe|zeg) ik liever niet\b",
    "nl-regels": r"\bgaa?t? (?:dit |dat )?(?:in )?tegen (?:mijn|onze)\b|\bin strijd met (?:mijn|onze)\b",
    "nl-staat": r"\bik ben niet (?:in staat|bevoegd|gemachtigd)\b|\bis (?:het )?mij niet (?:toegestaan|mogelijk)\b",
    "nl-doe-niet": r"\b(?:dat|dit|zoiets) (?:ga|zal|wil) ik niet\b|\bik (?:schrijf|maak|geef|help|deel)\b[^.!?\n]{0,30}\b(?:niet|geen)\b\s*(?:[.!]|\w+[.!])",
    "pl-odmawiam": r"\b(?:muszę odmówić|odmawiam|wolę (?:o tym )?nie)\b",
    "pl-zasady": r"\bnarusza(?:ją)? (?:moje|nasze|zasady)\b",
    "pl-stanie": r"\bnie (?:jestem w stanie|wolno mi|mam prawa)\b",
    "pl-nie-zrobie": r"\bnie (?:napiszę|zrobię|pomogę|podam|udostępnię|odpowiem|stworzę|udzielę)",
    "ru": r"(?:я )?не (?:могу|буду|смогу|имею права|вправе) (?:вам |тебе |с этим |этого |на это |такой |это )?(?:помо|предостав|выполн|ответ|отвеч|обсужд|писать|написать|дать|раскры|делиться)|вынужден[аы]? отказать|отказываюсь",
    "zh": r"(?:^|[。！？，,\n\s]|我|本助手)(?:我|很|个)?(?:们)?(?:无法|不能|不会|不可以|不便|無法|不會|拒绝|恕难)(?:为您|帮您|帮你|為您|幫你|给您|向您|就此)?(?:提供|协助|協助|回答|帮助|幫|帮|满足|滿足|回应|完成您|处理您|生成|创作|撰写|写|寫|分享|透露|讨论|执行您)",
    "zh-object": r"(?:这个|這個|这)(?:问题|问題|请求|要求)?我(?:不能|无法|不会|無法|不會)(?:回答|帮|幫|满足|处理|提供)?",
    "ja": r"(?:手伝い|お答え|答え|お応え|対応|ご?提供|ご?回答|作成|ご案内|ご?協力|ご?支援|生成|お教え|共有|書く|する|説明)(?:する|すること|こと)?(?:は|が|も)?(?:でき(?:ません|かねます)|いたしかねます|致しかねます|しかねます)",
    "ko": r"(?:도와드릴|도울|제공할|답변할|답변해 드릴|작성할|알려드릴|도움을 드릴) 수(?:가)? 없(?:습니다|어요)|드릴 수 없(?:습니다|어요)",
    "ar": r"(?:لا أستطيع|لا يمكنني|لا أقدر|لن|لست قادر[اًا]* على|لا يسعني)\s(?:أن )?(?:مساعدتك|أساعد|تقديم|الإجابة|تنفيذ|كتابة|مشاركة|إنشاء|أكتب|أقدم|أجيب|إعطاء|مناقشة|تلبية)|أرفض|أعتذر عن (?:عدم|تقديم|الإجابة|تنفيذ)",
}

GIVE: dict[str, str] = {
    "en-give": rf"{_SPEAKER} {_NOT} {_ADVERB}(?:you )?{_GIVE}",
    "en-unable-give": rf"{_SPEAKER} ?(?:['’]m|['’]re|am|are) (?:really |currently |simply )?(?:not (?:able|allowed|permitted|authori[sz]ed|willing|in a position|going|here|designed|programmed|supposed)|unable|unwilling|prohibited from) (?:to )?{_ADVERB}{_GIVE}",
    "en-do-not": r"\bi (?:do not|don['’]t) (?:provide|offer|give|create|generate|write|produce|engage in|support|assist|help with|condone|share|discuss)\b",
    "de-kann-nicht": rf"\b(?:kann|darf|werde|möchte|will|könnte) (?:ich|wir)\b[^.!?\n]{{0,60}}\b(?:nicht|keine[nrms]?|nichts)\b[^.!?\n]{{0,40}}?\b{_DE_DO}",
    "de-ich-kann-nicht": rf"\b(?:ich|wir) (?:kann|darf|werde|möchte|will|können|dürfen)\b[^.!?\n]{{0,60}}\b(?:nicht|keine[nrms]?|nichts)\b[^.!?\n]{{0,40}}?\b{_DE_DO}",
    "fr-peux-pas": rf"\b(?:je|nous) ne (?:peux|veux|vais|dois|pourrai|saurais|souhaite|pouvons) (?:donc |malheureusement )?pas [^.!?\n]{{0,25}}?{_FR_DO}",
    "es-no-puedo": rf"\bno (?:puedo|podemos|puedo ni debo|debo) {_ES_DO}",
    "it-non-posso": rf"\bnon (?:posso|possiamo) {_IT_DO}",
    "pt-nao-posso": rf"não (?:posso|consigo|podemos|irei) {_PT_DO}",
    "nl-kan-niet": rf"\b(?:kan|mag|wil|zal) ik\b[^.!?\n]{{0,60}}\b(?:niet|geen)\b[^.!?\n]{{0,40}}?\b{_NL_DO}",
    "nl-ik-kan-niet": rf"\bik (?:kan|mag|wil|ga|zal)\b[^.!?\n]{{0,60}}\b(?:niet|geen)\b[^.!?\n]{{0,50}}?\b{_NL_DO}",
    "pl-nie-moge": rf"\bnie (?:mogę|możemy) (?:ci |panu |pani |w tym |tego |tej )*{_PL_DO}",
}
