"""Words in names and descriptions of tools, and the effect that each tells."""

import functools

from seawall.policy.provenance.words import (
    DELETE,
    ENGLISH,
    EXECUTE,
    PAY,
    READ,
    SEND,
    WRITE,
    starts_of,
)

# The first word of a name that stands here decides the effect.
NAME_VERBS: dict[str, str] = {
    READ: "get read list search find fetch show view check lookup look query browse visit retrieve "
          "count download describe summarize summarise compare calculate compute validate verify "
          "is has current translate inspect scan peek load open head monitor track hole lies suche "
          "finde zeige buscar obtener leer lire chercher obtenir lister cerca leggi zoek lees "
          "convert parse extract analyze analyse recommend suggest estimate calc preview "
          "transcribe locate whois diff grep cat tail explain forecast "
          "predict classify detect measure examine quote tally sum ls",
    SEND: "send email mail msg post publish share forward reply respond notify message tweet invite "
          "sms dm announce broadcast submit export sende schicke enviar envoyer invia stuur wyslij "
          "alert remind emit push transmit contact reach answer ask request req say tell inform instruct advise page "
          "serve deliver dispatch ship fax relay warn hand lodge file declare disclose syndicate",
    PAY: "pay transfer wire remit refund purchase buy order donate charge checkout withdraw invest "
         "überweise ueberweise zahle bezahle pagar transferir payer virer paga bonifico betaal "
         "zaplac przelej topup deposit sell trade payout subscribe renew tip reimburse settle "
         "disburse advance compensate bid",
    DELETE: "delete remove cancel erase drop purge clear trash revoke unsubscribe terminate destroy "
            "loesche lösche entferne storniere eliminar borrar supprimer annuler cancella verwijder "
            "usun uninstall kick void empty wipe scrap strike expel evict discard dispose shred "
            "expunge deregister dismiss retract rescind abolish deprovision "
            "offboard fire unlist truncate rm del kill",
    EXECUTE: "run execute exec eval deploy invoke shell bash python restart reboot launch install "
             "ausfuehren ejecutar esegui trigger start stop shutdown halt provision flash",
    WRITE: "create add make write save set update change edit modify rename move put insert append "
           "log record register upload store replace assign label tag mark archive star complete "
           "close reopen draft approve accept decline reject confirm enable disable block unblock "
           "freeze lock unlock book reserve schedule reschedule postpone plan copy grant give reset pin "
           "follow merge erstelle buche crear reservar créer réserver crea prenota maak boek dodaj "
           "review rate return exchange leave place issue escalate redeem apply join sign comment amend "
           "adjust allot allocate reroute route redirect divert enrol enroll admit extend lift "
           "waive administer prescribe discharge requisition redline annotate enter note release promote report "
           "demote suspend resume activate deactivate switch turn dock unload appoint "
           "swap link attach resolve reorder claim certify license licence permit authorise "
           "authorize rotate import sync bind attest hide unhide mute unmute ban unban mv cp shift hold flag",
}  # fmt: skip
NAME_EFFECT = {word: effect for effect, words in NAME_VERBS.items() for word in words.split()}
# How a doing ends when a tool is named in another language: suchen, anlegen, enviar, chercher.
_INFINITIVES = ("en", "ern", "eln", "ar", "ir", "er", "re", "ć", "ть")
_SPELT = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"))


@functools.lru_cache(maxsize=4096)
def effect_of(word: str) -> str:
    """Return the effect that a word of a tool's name tells, in several languages; "" for none."""
    if (known := NAME_EFFECT.get(word)) is not None:
        return known
    if word.startswith("un") and NAME_EFFECT.get(word[2:], READ) != READ:
        return DELETE
    if word in ENGLISH or word in DATA or not word.endswith(_INFINITIVES):
        return ""
    other = word
    for plain, letter in _SPELT:
        other = other.replace(plain, letter)
    for one in (word, other):
        if len(found := starts_of(one) & _OF_NAMES) == 1:
            return next(iter(found))
    return ""


_OF_NAMES = frozenset(NAME_VERBS)
MONEY = frozenset(
    "money payment payments transaction funds invoice bill bitcoin crypto wire geld "
    "zahlung dinero pago paiement argent refund credit escrow fee fees loan".split()
)
# A payment only where there is a sum: else these take somebody or something back.
NEEDS_SUM = {"withdraw": DELETE, "settle": WRITE, "advance": WRITE, "bid": WRITE, "renew": WRITE}
# What a tool without a doing returns, when its name ends with it: course_roster, yard_state.
DATA = frozenset(
    "list lists roll roster registry directory catalog catalogue index inbox outbox feed history "
    "logs log state states status info details detail data overview summary report forecast plan "
    "schedule calendar docket record records queue article articles page pages transcript "
    "statement statements balance price prices rate rates availability inventory stock map weather "
    "news messages mails emails tickets requests holdings slips entries files documents profile "
    "manual guide faq wiki dictionary stats statistics metrics timeline menu reviews results "
    "card cards book books letter letters contract contracts bill receipt receipts "
    "dir doc docs dossier liste lista lijst elenco policy unit "
    "range contents metadata schema version scan lookup search sheet table chart notes orders events "
    "cart basket wishlist now contacts members users people bank kb text excerpt".split()
)
# Things that open like a book, not like a door.
READABLE = DATA | frozenset(
    "file folder document page mail email letter message url link website site web note ticket record attachment "
    "exhibit dossier folder book thread chat conversation profile post task item image photo doc text tab browser order case notes".split()
)
