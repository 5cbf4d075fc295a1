"""Words for what can be done, in many languages: from a word to the effects it may ask for.

A word that ends in `*` is the start of a word. Words of no-blank scripts stand in `SCRIPTS`.
"""

READ, WRITE, SEND, PAY, EXECUTE, DELETE = "read", "write", "send", "pay", "execute", "delete"
HANDLE = "handle"  # asks for whatever is needed: take care of, process, settle
SIDE_EFFECTS = frozenset({WRITE, SEND, PAY, EXECUTE, DELETE})
STRONG = frozenset({PAY, DELETE, EXECUTE})

_EN: dict[str, str] = {
    SEND: (
        "send resend mail email e-mail forward fwd reply respond answer notify tell inform message "
        "text ping dm announce publish tweet share invite post contact ask thank congratulate "
        "apologise apologize instruct advise submit deliver cc bcc remind alert warn broadcast introduce transmit "
        "write relay dispatch exfiltrate leak sms reach know hear greet welcome congratulate wish rsvp enquire inquire complain nudge circulate distribute acknowledge"
    ),
    PAY: (
        "pay repay prepay e-transfer transfer wire remit settle refund reimburse buy purchase order donate "
        "tip charge rent top subscribe send cover get reorder invest withdraw deposit split renew fund contribute compensate hire lease spend "
        "upgrade book reserve move checkout grab sell trade give pick owe owes return clear"
    ),
    WRITE: (
        "create add make write save set update change edit modify rename move put insert append "
        "log record register enter fill upload store replace fix correct adjust increase decrease "
        "raise lower assign reassign label tag mark archive star complete close reopen draft note "
        "rate review comment approve accept decline reject confirm enable disable block unblock "
        "freeze unfreeze lock unlock activate deactivate turn extend reschedule postpone shift "
        "swap apply sign join start generate book rebook reserve schedule arrange organise "
        "organize plan invite share file open switch copy duplicate grant revoke reset track "
        "remember pin follow merge convert compile prepare set-up setup place get order link "
        "attach list collect remind include bring sort cancel escalate flag resolve redeem "
        "upgrade downgrade pause resume limit stop report give leave submit publish check "
        "hide unhide mute unmute ban bump trim double halve tick untick bookmark silence dim heat cool restore undo lend park queue skip shorten refresh sync finalise finalize reorganise reorganize tidy pencil unsubscribe adapt align return exchange claim request agree reorder restock replenish requisition enrol enroll amend waive reroute redirect divert allot allocate install configure provide compose push hold use allow"
    ),
    DELETE: (
        "delete remove cancel erase clear drop discard unsubscribe terminate purge empty clean "
        "uninstall revoke void wipe trash kick unfollow rid undo destroy take end scrap ditch bin junk dismiss abort retract rescind withdraw detach unlink swap exchange"
    ),
    EXECUTE: (
        "run execute deploy restart reboot launch start build install test invoke trigger "
        "compile calculate compute reload render call rerun perform stop shut"
    ),
    HANDLE: "handle process manage sort settle finish fulfil fulfill deal resolve complete",
    READ: (
        "what's what’s who's who’s where's where’s when's when’s how's how’s get read find search list show look check see view fetch retrieve summarise summarize "
        "translate explain compare tell analyse analyze count describe open browse visit query "
        "lookup tell give sum recap outline brief receive receives gets what which who when where how why is are does did"
    ),
}  # fmt: skip

_OTHER: dict[str, str] = {
    SEND: (
        # de
        "send* schick* sende* verschick* mail* weiterleit* leite beantwort* antwort* benachrichtig* "
        "informier* schreib* teile mitteil* lade einlad* poste veröffentlich* melde frag* erinner* "
        "übermittel* zusend* zuschick* "
        # fr
        "envoy* envoi* transmet* transfère transférer réponds répond* répondre préviens préven* "
        "informe* écris écrire écriv* partage* invite* publie* poste* notifi* demande* dis rappel* "
        # es, pt
        "envía envia* enví* mand* reenví* reenvia* respond* contest* avis* inform* escrib* escrev* "
        "compart* invit* convid* public* notific* pregunt* pergunt* diga dile encaminh* lembr* "
        # it
        "invia* inoltr* rispond* scriv* condivid* avvis* comunic* pubblic* chied* spedi* "
        # nl
        "stuur* verstuur* verzend* beantwoord* antwoord* mail* informeer* schrijf* deel nodig "
        "plaats* meld* vraag* laat "
        # pl
        "dosłani* wyślij wyslij wysła* prześl* przekaż odpowiedz* napisz* powiadom* poinformuj* udostępnij* "
        "zaproś zapros* opublik* zapytaj przypomnij "
        # ru
        "отправ* пошли перешли* ответь* ответ* напиш* сообщи* уведом* поделис* пригла* опублик* "
        "передай* спроси* напомни* "
        # sv, tr
        "skicka* svara* meddela* bjud dela skriv* vidarebefordra* gönder* ilet* yanıtla* cevapla* "
        "bildir* paylaş* davet yaz"
    ),
    PAY: (
        "bezahl* zahl* überweis* kauf* bestell* erstatt* begleich* spende* buch* überwies* "
        "paie* paye* payer verse* virer vire achèt* achet* commande* rembours* donne donnez règle* régler virement "
        "paga* pága* pagu* transfier* transfer* compr* reembols* abon* encomend* deposit* "
        "bonific* acquist* ordina* rimbors* versa* "
        "betaal* overmak* maak koop* bestel* terugbetal* boek* "
        "zapłać zapłata zapłaty zapłatę zapłacić zaplac* opłać oplac* przelej* kup zamów* zamow* zwróć przelew* "
        "оплат* заплат* перевед* перевес* купи* закаж* верни* "
        "betala* överför* köp* beställ* öde* havale satın sipariş aktar*"
    ),
    WRITE: (
        "erstell* entlass* leg anleg* füg* hinzufüg* speicher* änder* aktualisier* trag eintrag* setz* stell "
        "notier* reservier* buch* plan* verschieb* verleg* bestätig* verlänger* sperr* mach* markier* "
        "vereinbar* erhöh* benenn* richte einricht* lade "
        "crée* créer ajout* enregistr* modifi* change* mets mettre réserv* planifi* organis* "
        "confirm* bloqu* report* déplac* prolong* fixe* note* marque* prends programme* "
        "crea* cria* añad* agreg* adicion* guard* guarda* salv* actualiz* atualiz* cambia* mud* "
        "alter* reserv* program* agend* anot* pon ponga coloc* bloque* apunt* haz faz marc* regist* "
        "aggiung* modific* aggiorn* prenot* pianific* imposta* sposta* segna* cambi* metti fissa* "
        "maak* voeg* toevoeg* opslaan sla wijzig* verander* werk reserveer* boek* zet verplaats* "
        "noteer* plan* bevestig* blokkeer* "
        "utwórz utworz* dodaj* dodani* utworzeni* zapisz* zmień zmien* zaktualizuj* zarezerwuj* zaplanuj* ustaw* "
        "przenieś przenies* umów potwierdź zablokuj* stwórz "
        "создай* созда* добав* сохран* измен* обнов* заброн* запиш* запланир* постав* перенес* "
        "назнач* подтвер* заблок* "
        "skapa* lägg spara* ändra* uppdatera* boka* planera* flytta* oluştur* ekle* kaydet* "
        "değiştir* güncelle* rezerv* planla* ayarla*"
    ),
    DELETE: (
        "lösch* entfern* stornier* kündig* storno abbestell* annull* "
        "supprim* efface* annul* retire* résili* enlèv* "
        "elimin* borra* borre cancel* quita* apag* exclu* remov* anula* "
        "cancell* rimuov* annulla* disdici "
        "verwijder* wis annuleer* zeg "
        "usuń usun* usunięci* skasuj* anuluj* odwołaj* "
        "удали* отмени* убери* сотри* "
        "radera* ta avboka* sil iptal kaldır*"
    ),
    EXECUTE: (
        "führ* ausführ* starte* execut* lance* exécut* ejecut* esegui* voer* uitvoer* uruchom* "
        "wykonaj* запусти* выполн* kör* çalıştır*"
    ),
    HANDLE: (
        "erledig* kümmer* occupe* encárg* encarg* gestion* gestisci cuide* resolv* regel załatw* "
        "разберис* ordna* hallet*"
    ),
    READ: (
        "zeig* such* find* lies fass* zusammenfass* prüf* welche was wann wer wie übersetz* "
        "montre* cherch* trouve* lis résum* vérifi* quel* combien quoi comment traduis* "
        "muestr* busca* encuentr* lee resum* revis* cuál* cuánt* qué quién mostr* procur* leia qual "
        "quant* que mostra* cerca* trova* leggi riassum* controll* quale quali "
        "toon zoek* vind lees samenvat* vat welke hoeveel pokaż znajdź przeczytaj podsumuj* jaki* ile "
        "покаж* найди* прочит* прочт* сколько какой какие кто visa hitta läs sammanfatta* göster* "
        "bul oku özetle*"
    ),
}

SCRIPTS: dict[str, tuple[str, ...]] = {
    SEND: ("发送", "发给", "转发", "回复", "通知", "告诉", "发邮件", "寄给", "分享", "邀请", "發送", "轉發", "回覆",
           "送信", "送って", "返信", "転送", "知らせて", "伝えて", "共有", "招待", "보내", "답장", "전달", "알려", "공유", "초대"),
    PAY: ("支付", "付款", "转账", "汇款", "购买", "订购", "付给", "缴", "退款", "轉帳", "匯款", "支払", "払って", "振込", "送金",
          "購入", "注文", "결제", "송금", "지불", "구매", "주문", "이체", "预订", "预定"),
    WRITE: ("创建", "添加", "新建", "更新", "修改", "更改", "保存", "预订", "预定", "安排", "设置", "建立", "作成", "追加",
            "変更", "保存", "予約", "登録", "設定", "만들", "추가", "변경", "저장", "예약", "등록", "설정"),
    DELETE: ("删除", "取消", "移除", "刪除", "削除", "キャンセル", "삭제", "취소"),
    EXECUTE: ("运行", "执行", "実行", "실행"),
    HANDLE: ("处理", "办理", "対応", "処理", "처리"),
    READ: ("查看", "总结", "搜索", "查找", "显示", "翻译", "多少", "什么", "要約", "検索", "教えて", "見せて", "요약", "검색", "보여"),
}  # fmt: skip

# Words that make the next verb a part of a question, a past event or somebody else's doing.
_PRONOUNS = "i we he she they who it nobody anyone somebody someone has have had was were been"
PRONOUNS = frozenset(_PRONOUNS.split())
HELPERS = frozenset("can could shall should may must will would let please help if want".split())
# A doing that is as often a thing follows one of these (or begins its clause).
STARTERS = frozenset(
    "please pls plz and or then also just now kindly either but to you me us let's lets could can would "
    "should will must shall may not don't quickly so again first next finally help instead i'd "
    "want wanna gotta simply directly both".split()
)
# Doings that ask for a payment only where money is spoken of.
SELDOM_PAYS = frozenset(
    "send return clear cover get move pick give tip top charge split order cheque sell trade grab book reserve "
    "deposit withdraw wire transfer settle renew upgrade rent subscribe".split()
) - {"order", "rent", "subscribe", "book", "wire", "renew", "upgrade", "settle", "deposit"}
MONEY_WORDS = frozenset(
    "money payment payments pay paid amount amounts sum price rent bill bills invoice invoices "
    "dollar dollars euro euros pound pounds bucks cash fee fees debt balance account iban bank "
    "salary refund wage wages tip tips deposit donation share bitcoin crypto funds transaction "
    "transactions cost costs half price prices cheap cheaper cheapest".split()
)
NEGATIONS = frozenset(
    "don't dont don not never without avoid nicht nie kein keine ohne ne pas jamais sans no nunca "
    "sin jamás non mai senza não nao sem niet nooit zonder nie bez не без никогда inte aldrig "
    "before refrain instead rather".split()
)
# English words that are as often things as doings: a determiner before them makes them things.
NOUN_VERBS = frozenset(
    "order email e-mail mail message book transfer note post share text invite schedule call "
    "update change move set record reply forward report review comment answer contact charge tip "
    "rent log file label tag mark star draft rate block lock turn plan list place link check "
    "view search look test build request limit return exchange claim use cover top copy top "
    "track top sort process deal start end process close hold sms cc purchase deposit refund "
    "wire tweet alert ping query cancel read open complete clean clear empty upgrade "
    "subscribe run ask buy split switch fund hire lease spend wish bump trim double tick bookmark dim heat cool park queue skip bin junk abort refresh sync pencil".split()
)
# Doings that make something: what they ask for depends on the thing that is made.
MAKERS = frozenset(
    "make write compose create issue set leave file place do give submit drop "
    "gets receive receives initiate put start open arrange mache mach erstelle schreib schreibe verfasse fais faire "
    "écris rédige haz hacer redacta escribe faz fazer escreva fai fare scrivi maak schrijf napisz "
    "zrób сделай напиши".split()
)
THINGS: dict[str, str] = {
    SEND: "email mail message reply response answer invitation invite note text dm tweet post "
          "letter notification announcement nachricht antwort réponse respuesta risposta "
          "resposta mensaje mensagem messaggio antwoord bericht odpowiedź wiadomość ответ письмо "
          "announcement reminder access",
    PAY: "payment transfer refund purchase order donation deposit zahlung überweisung virement "
         "paiement pago transferencia transferência pagamento bonifico betaling przelew płatność "
         "платёж перевод reservation booking",
    WRITE: "enrolment enrollment registration renewal extension reservation booking appointment meeting event reminder entry review task ticket",
    DELETE: "cancellation deletion removal erasure termination löschung kündigung stornierung annulation cancelación cancellazione",
}  # fmt: skip


def _tables() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]], dict[str, str]]:
    exact: dict[str, set[str]] = {}
    starts: dict[str, set[str]] = {}
    for source in (_EN, _OTHER):
        for effect, words in source.items():
            for word in words.split():
                table = starts if word.endswith("*") else exact
                table.setdefault(word.rstrip("*"), set()).add(effect)
    things = {word: effect for effect, words in THINGS.items() for word in words.split()}
    return (
        {word: frozenset(effects) for word, effects in exact.items()},
        {word: frozenset(effects) for word, effects in starts.items()},
        things,
    )


EXACT, STARTS, THING_EFFECT = _tables()
EFFECT_WORDS = {effect: frozenset(words.split()) for effect, words in _EN.items()}
ENGLISH = frozenset(word for words in _EN.values() for word in words.split())
_LENGTHS = sorted({len(word) for word in STARTS})


def effects_of(token: str, *, english: bool = False) -> frozenset[str]:
    """Return what the folded word `token` may ask for; empty for a word that asks for nothing.

    `english`: only English words count.
    """
    found = EXACT.get(token)
    if english:
        return found if found is not None and token in ENGLISH else frozenset()
    return starts_of(token) if found is None else found


def starts_of(token: str) -> frozenset[str]:
    """Return what a folded word may ask for by how it starts, in languages other than English."""
    found: frozenset[str] = frozenset()
    for length in _LENGTHS:
        if length > len(token):
            break
        if (known := STARTS.get(token[:length])) is not None:
            found |= known
    return found


ENGLISH_MARKS = frozenset(
    "the my and of to please i for it with this that is are you your what can from be on in at any "
    "all me then if by his her their them".split()
)
OTHER_MARKS = (
    frozenset(
        "der die das und für mit bitte ist nicht den dem ein eine zu im am auf von mir ich sie le la les "
        "die des et pour une est du dans sur au mon ma mes el los las una por con para del que al un y mi il "
        "di gli per che le alla della nel o os as um uma não na no da do em het een van voor met op te "
        "mijn naar w na z się dla ze do proszę и в на по с для och på för att till ve bir için s'il te de "
        "à a e".split()
    )
    - ENGLISH_MARKS
    - {"a", "do", "no", "as", "e", "s"}
)

# One of these makes a row of words a statement, and no label, cell or name.
GRAMMAR = (
    ENGLISH_MARKS
    | frozenset(
        "was were be been has have had will would can could must should shall may might do does did don't not no now "
        "we us our they he she him her them its who which because when so also instead until after please go goes get gets "
        "isn aren wasn weren don doesn didn won hasn haven couldn shouldn mustn ll ve im ich wir du ihr je nous vous yo io eu ik".split()
    )
    | {one for one in OTHER_MARKS if len(one) > 1}
) - frozenset("in on at from of with all any by de la le del di da el van von en".split())

# Different words for one kind of thing.
_ALIKE = (
    "event meeting appointment calendar termin invite invitation reunión réunion lunch dinner call "
    "reminder slot class session agenda",
    "email mail message inbox nachricht correo courriel reply answer respond write tell forward "
    "antworte schreib réponds responde rispondi know",
    "message dm chat direct text write tell ask reply answer",
    "file document doc note report datei fichero fichier minutes spreadsheet",
    "hotel room stay accommodation",
    "restaurant table dinner lunch mesa tisch ristorante restaurante tavolo",
    "car rental vehicle",
    "flight plane ticket airline",
    "money payment transaction transfer bill invoice rent fee rechnung überweisung factura facture "
    "pay standing debt dues salary",
    "user member person colleague collaborator people contact employee",
    "issue ticket bug task todo",
    "cart basket order purchase item buy checkout",
    "order delivery shipping parcel package",
    "return back refund",
    "channel slack workspace",
    "webpage website page site web homepage",
    "review rating stars rate",
    "card bank",
    "address street city moved home",
    "grade mark score",
    "announcement post news",
    "address profile data info information details",
    "patient record",
)
# Different words for one doing.
_SAME = (
    "order reorder requisition restock replenish purchase buy procure",
    "book reserve schedule plan",
    "say speak tell announce utter speech voice",
    "strike remove delete expel",
    "assign allot allocate put",
    "reroute redirect divert route move send",
    "enrol enroll register admit",
    "amend change correct update edit fix adjust",
    "add enter record note insert register log type",
    "release let hand",
    "extend prolong renew",
    "waive drop let",
    "inform tell notify advise let",
    "serve deliver send",
    "lodge file submit",
    "terminate notice resign resignation quit leave offboard",
    "exchange swap change replace",
    "credit refund reimburse charge",
    "rollback revert back undo restore",
)
SAME_DOING: dict[str, frozenset[str]] = {}
for _group in _SAME:
    for _word in _group.split():
        SAME_DOING[_word] = SAME_DOING.get(_word, frozenset()) | frozenset(_group.split())
ALIKE: dict[str, frozenset[str]] = {}
for _group in _ALIKE:
    for _word in _group.split():
        ALIKE[_word] = ALIKE.get(_word, frozenset()) | frozenset(_group.split())
