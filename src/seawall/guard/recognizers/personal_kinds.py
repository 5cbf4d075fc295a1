"""Kinds of personal data that belong to no single country."""

import re

from seawall.guard.recognizers import account_checks, checks
from seawall.guard.recognizers.recognizer import NUMBER, Recognizer, always, keyed, number, one

_ORDER = (
    r"(?:order|invoice|tracking|shipment|parcel|ticket|serial|sku|item|article|part|batch|lot|job|run|trace|"
    r"request|session|transaction|ref(?:erence)?|id|timestamp|bestell\w{0,8}|auftrag\w{0,8}|rechnung\w{0,8}|"
    r"sendung\w{0,8}|commande|pedido|ordine|zam[óo]wieni\w{1,3})[\s_]{0,2}(?:numbers?|nummer|no|nr|ids?|#|is|:|=)?[\s.:#=\"'\[]{0,6}"
)
_TRACKED = r"(?:order|invoice|tracking|shipment|parcel|item|sku|serial|timestamp)[\s_]{0,2}(?:numbers?|no|nr|ids?|#|is|:|=)?[\s.:#=\"'\[]{0,6}"
_VERSION = r"(?:versions?|ver|v|build|release|firmware|rev|revision|chapter|section|sec|§|oid|driver|kernel)[\s.:#=_v]{0,3}"
_CARD = ("card", "visa", "mastercard", "amex", "american express", "maestro", "diners", "jcb", "discover",
         "credit", "debit", "kreditkarte", "karte", "carte", "tarjeta", "carta", "cartão", "cartao",
         "kaart", "karta", "karty", "charge", "atm", "cvv", "cvc", "expir", "pan ")  # fmt: skip
_BIRTH = (
    "born", "birth", "dob", "d.o.b", "b-day", "geboren", "geb.", "geburts", "né le", "née le", "né(e)",
    "naissance", "nacid", "nació", "nací ", "nacimiento", "nato il", "nata il", "nato a", "nata a", "nascita", "nascid", "nasci ",
    "nascimento", "urodz", "ur.", "geboorte", "född", "født", "syntynyt", "narozen", "született", "născut",
    "doğum", "рожд", "родил", "出生", "生年月日", "생년월일",
)  # fmt: skip
_MONTH = (
    r"(?:jan|ene|gen|sty|feb|fév|fev|fév|lut|mar|mär|maa|mrt|apr|avr|abr|kwi|may|mai|mag|mei|maj|jun|juin|giu|"
    r"cze|jul|juil|lug|lip|aug|ao[uû]|ago|sie|sep|set|wrz|oct|okt|ott|out|pa[źz]|nov|lis|dec|dez|d[ée]c|dic|gru)"
    r"[^\s0-9,.;:()\"]{0,10}"
)
_YEAR = r"(?:(?:18|19|20)[0-9]{2})"
_DATE = (
    rf"\b(?:[0-9]{{1,2}}[./\- ][0-9]{{1,2}}[./\- ]{_YEAR}|[0-9]{{1,2}}[./\-][0-9]{{1,2}}[./\-][0-9]{{2}}|{_YEAR}[./\-][0-9]{{1,2}}[./\-][0-9]{{1,2}}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|er|\.|º)?[\s\-]{{1,2}}(?:of |de |di )?{_MONTH}[\s,.\-]{{1,3}}(?:de |del )?{_YEAR}"
    rf"|{_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s{_YEAR}|{_YEAR} ?年 ?[0-9]{{1,2}} ?月 ?[0-9]{{1,2}})"
)
_STARRED = rf"[,(] ?\* ?({_DATE})"
_PASSPORT = (
    "passport", "reisepass", "passnummer", "pass-nr", "passeport", "pasaporte", "passaporto", "passaporte",
    "paspoort", "paszport", "pass nr", "паспорт", "护照", "護照", "パスポート",
)  # fmt: skip
_WALLET = ("btc", "bitcoin", "wallet", "crypto", "coin", "eth", "ether", "usdt", "address", "send")
_PLATES = (
    r"licen[cs]e plates?|number plates?|(?:vehicle|car) reg(?:istration)?|registration plates?|plates?|"
    r"(?:kfz-?|auto-?)?kennzeichen|immatricul(?:ation|ée?)|plaque(?: d'immatriculation)?|matr[íi]cula|targa(?:ta)?|kenteken|"
    r"(?:numer|tablica) rejestracyjn[ya]|placa(?: do carro| do veículo| del (?:coche|auto|vehículo))?|registrering\w{0,8}"
)
_ID_NAMES = (
    r"national (?:id(?:entity|entification)?|insurance)(?: card)?|id[- ]?card|identity (?:card|document)|identity|"
    r"personal id(?:entification)?|citizen id|resident id|identification|(?:personal)?ausweis\w{0,6}|"
    r"carte (?:nationale )?d'identité|cni|documento (?:nacional )?de identidad|cédula de identidad|dni|"
    r"carta d'identità|dow[óo]d\w{0,2}(?: osobist\w{2,4})?|identiteitskaart|identitätskarte|cartão de cidadão|"
    r"bilhete de identidade|rg|social security|numéro de sécurité sociale|身份证号?|身份证号码"
)
_ID_VALUE = r"[A-Z]{0,3}[ \-]?[0-9](?:[ .\-/]?[0-9A-Z]){4,16}"


# Posts and lists, not people: mail to them is answered by whoever is on duty.
_POSTS = (
    r"info|information|contact|hello|help|help-?desk|support|service|customer[._-]?(?:service|care|support)|"
    r"sales|marketing|billing|accounts?|accounting|invoices?|payments?|orders?|bookings?|reservations?|reception|"
    r"office|admin|administrator|jobs|careers|recruiting|hr|press|media|news|newsletter|feedback|privacy|dpo|gdpr|legal|"
    r"compliance|security|abuse|noc|root|postmaster|hostmaster|webmaster|returns|shipping|delivery|enquiries|inquiries|"
    r"team|events|kontakt|kundenservice|kundendienst|service-?center|bewerbung|rechnung(?:en)?|buchhaltung|vertrieb|"
    r"datenschutz|presse|poststelle|contacto?|ventas|soporte|atencion|reservas|facturacion|assistance|commandes?|"
    r"reclamations?|assistenza|ordini|prenotazioni|contato|suporte|vendas|klantenservice|verkoop|biuro|kontakty|obsluga"
)
_NOBODY = re.compile(
    r"(?:user|username|you|your[._]?(?:name|e?mail|address)?|name|me|someone|e?mail|foo|bar|test|example|"
    r"first\.last|abc|xyz)@(?:example\.(?:com|org|net)|domain\.com|email\.com|company\.com|mail\.com)|"
    # Programs: a clone's address (git@host:path), senders that nobody reads.
    r"(?:git|hg|no[._\-]?reply|do[._\-]?not[._\-]?reply|mailer-daemon)@.{1,255}|"
    rf"(?:{_POSTS})@.{{1,255}}|"
    r"bug-[a-z0-9+\-]{1,40}@.{1,255}|[a-z0-9+.\-]{1,60}@(?:lists?\.[a-z0-9.\-]{1,250}|googlegroups\.com)",
    re.IGNORECASE,
)


def _address(text: str) -> bool:
    return not _NOBODY.fullmatch(text)


# Written as it is: four figures to a group, or pairs or single figures with one sign between.
_CARD_SHAPE = (
    r"[0-9]{13,19}|[0-9]{4}(?:[ \-./\u00a0]{0,2}[0-9]{4}){2,3}(?:[ \-./\u00a0]{0,2}[0-9]{1,3})?|"
    r"[0-9]{4}([ \-./\u00a0])[0-9]{6}\1[0-9]{4,5}|[0-9]([ \-./\u00a0]{1,2})[0-9](?:\2[0-9]){11,17}|"
    r"(?<![0-9][ .])[0-9]{2}([ \-./\u00a0])[0-9]{2}(?:\3[0-9]{2}){6}"
)


_LONG_AGO = re.compile(r"(?<![0-9])(?:18[0-9]{2}|190[0-4])(?![0-9])")


def _living(text: str) -> bool:
    """Return whether who was born on a day may live: the dead have no personal data."""
    return not _LONG_AGO.search(text)


def _mrz(text: str) -> bool:
    """Return whether this is the first line of a passport's two for machines."""
    return text.isupper() and "<<" in text


def _has_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 5


def _plate(text: str) -> bool:
    figures = sum(map(str.isdigit, text))
    return figures >= 1 and 4 <= len(text) <= 9 and (figures < len(text) or figures >= 5)


def _bic(text: str) -> bool:
    """Return whether the form of a bank's code holds: no word of prose is one."""
    return text.isupper() and len(text) in (8, 11)


# Accounts of machines, of roles and of examples.
_NO_PERSON = re.compile(
    r"user|usr|admin|root|guest|test|demo|example|sample|default|service|svc|bot|app|api|deploy|build|db|sql|"
    r"postgres|mysql|oracle|ubuntu|debian|system|daemon|agent|worker|node|host|server|client|dev|prod|stag|anonym|unknown",
    re.IGNORECASE,
)


def _user_name(text: str) -> bool:
    """Return whether what names a user is somebody's own: letters, and a figure or a sign."""
    odd = any(map(str.isdigit, text)) or "." in text[1:-1] or "_" in text[1:-1]
    letters = sum(map(str.isalpha, text))
    return odd and letters >= 3 and not _NO_PERSON.search(text) and not _FILE.search(text)


_FILE = re.compile(r"\.(?:[a-z]{2,4}|html|name|email|id|get)\Z", re.IGNORECASE)
# A place alone is nobody's: who is there must be said.
_AT = (
    r"\b(?:gps|find me|i'm at|i am at|(?:my|his|her|device|user)[ _](?:location|position)|home is at|lives? at|last seen|"
    r"mein standort|wohnt bei|mi ubicaci[óo]n|ma position|la mia posizione|mijn locatie|moja lokalizacja|a minha localização)"
    r"[^0-9\n]{0,40}?(-?[0-9]{1,2}\.[0-9]{4,12}[\"']?,?[ ]{0,2}(?:[\"']?(?:lon(?:gitude)?|lng)[\"']?[:=] ?)?[\"']?-?[0-9]{1,3}\.[0-9]{4,12})\b"
)
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")


def _position(text: str) -> bool:
    """Return whether two decimals may be a place on earth."""
    north, east = map(float, _NUMBER.findall(text))
    return abs(north) <= 90 and abs(east) <= 180 and max(abs(north), abs(east)) > 1


_SEGWIT = re.compile(r"(?:bc1|tb1|ltc1|addr1)[a-z0-9]{20,100}")


def _wallet(text: str) -> bool:
    return _SEGWIT.fullmatch(text.lower()) is not None


def _passport(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 3


KINDS: tuple[Recognizer, ...] = (
    one("email", r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9](?:[a-z0-9\-]{0,62}\.)+[a-z]{2,24}\b", _address, raw=True, checked=True,
        not_after=r"://(?:[^\s/@:]{1,30}:)?"),  # user and password in an address
    number("payment-card", (19, 18, 17, 16, 15, 14, 13), checks.card, shape=_CARD_SHAPE, not_after=_ORDER,
        checked=True),
    number("payment-card", (19, 18, 17, 16, 15, 14, 13, 12), checks.luhn, *_CARD, not_after=_TRACKED),
    one("iban", r"\b[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,30}\b", checks.iban, checked=True),
    number("bank-routing", 9, account_checks.routing, "routing", "aba", "rtn"),
    keyed("bank-account", r"sort ?code", r"[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}"),
    keyed("bank-account", r"(?:bank )?account (?:number|no|nr|#)|acct|(?:bank|checking|savings|current|giro) ?(?:account|konto)|kontonummer|konto-nr|kto|"
          r"num[ée]ro de compte|número de cuenta|n[úu]mero da conta|numero di conto|rekeningnummer|numer konta",
          r"[0-9](?:[ \-]?[0-9]){6,19}"),
    keyed("bank-routing", r"bic|swift(?:[ /\-]?bic)?", r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", _bic),
    # Whoever has them needs no more than the card.
    keyed("payment-card", r"cvv2?|cvc2?|cvn|card (?:security|verification) (?:code|number|value)|kartenprüfnummer|prüfziffer|"
          r"code de sécurité|cryptogramme|código de segurid?ad|codice di sicurezza|código de segurança", r"[0-9]{3,4}"),
    keyed("payment-card", r"(?:(?:my|his|her|their|our|card|atm|debit|bank|mein|meine|votre|mon|mi|mio|mijn|mój|meu) )?pin(?:[ \-]?(?:code|number))?"
          r"(?: is| ist| lautet| est| es| è| é|:| =|=)", r"[0-9]{4,6}"),
    keyed("username", r"(?:user(?:[ _\-]?(?:name|id))?|log(?:in|on)(?:[ _\-]?(?:name|id))?|screen[ _\-]?name|benutzer(?:name|kennung)?|"
          r"nom d'utilisateur|utilisateur|identifiant|nombre de usuario|usuario|nome utente|utente|gebruikersnaam|gebruiker|"
          r"nazwa użytkownika|użytkownik|nome de (?:usuário|utilizador))[\"']?\s?(?:[:=]|is|ist|est|es|è|jest)\s?[\"']?|"
          r"(?:failed|accepted) (?:password|publickey) for(?: invalid user)?",
          r"[A-Z][A-Z0-9._\-]{3,30}[A-Z0-9]", _user_name, score=0.6, raw=True),
    one("username", r"\b(?:linkedin\.com/in|xing\.com/profile|facebook\.com/profile\.php\?id=|t\.me)/?[a-z0-9%._\-]{4,60}", always, score=0.6, raw=True),
    Recognizer(label="geo-position", expression=_AT, check=_position, score=0.6, raw=True, keyed=re.compile(_AT, re.IGNORECASE)),
    one("date-of-birth", _DATE, _living, *_BIRTH, score=0.8, raw=True),
    # The star that stands for "born" in registers.
    Recognizer(label="date-of-birth", expression=_STARRED, check=_living, score=0.8, raw=True, keyed=re.compile(_STARRED, re.IGNORECASE)),
    one("passport", r"\b(?:[A-Z]{1,3}[0-9]{5,8}[A-Z]?|[0-9]{2}[A-Z]{2}[0-9]{5}|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?)\b",
        _passport, *_PASSPORT, score=0.8),
    number("passport", (8, 9), always, *_PASSPORT, score=0.8),
    one("passport", r"(?-i:\bP[A-Z<][A-Z]{3}[A-Z]+<[A-Z<]{20,38})", _mrz, raw=True),
    one("ip-address", r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", account_checks.public_ip, score=0.6, raw=True, not_after=_VERSION),
    one("ip-address", r"\b(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){1,5}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,4})?)\b", account_checks.public_ip, score=0.6, raw=True),
    one("mac-address", r"\b[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})\b", account_checks.mac, score=0.6, raw=True),
    one("crypto-wallet", r"(?-i:\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|[LM][1-9A-HJ-NP-Za-km-z]{26,33}|[DT][1-9A-HJ-NP-Za-km-z]{33})\b)",
        account_checks.base58check, raw=True),
    one("crypto-wallet", r"\b(?:bc1|tb1|ltc1|addr1)[a-z0-9]{20,100}\b", account_checks.bech32, raw=True),
    one("crypto-wallet", r"\b(?:bc1|tb1|ltc1|addr1)[a-z0-9]{20,100}\b", _wallet, *_WALLET, score=0.8, raw=True),
    one("crypto-wallet", r"\b0x[0-9a-f]{40}\b", account_checks.ethereum, score=0.8, raw=True),
    one("crypto-wallet", r"\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b", always, raw=True),
    one("vin", r"(?-i:\b[A-HJ-NPR-Z0-9]{17}\b)", account_checks.vin, raw=True),
    keyed("vin", r"vin|chassis|fahrgestellnummer|fin|bastidor|telaio|número de chassi", r"[A-HJ-NPR-Z0-9]{17}", _has_digits),
    keyed("licence-plate", _PLATES, r"(?:[A-ZÄÖÜ0-9]{1,4}[ \-·]?){1,3}[A-Z0-9]{1,4}", _plate),
    number("imei", 15, account_checks.imei, "imei"),
    keyed("tax-id", r"tax(?:payer)?(?: id(?:entification)?| file| reference)|steuernummer|steuer-nr|num[ée]ro fiscal|"
          r"partita iva|identificación fiscal", _ID_VALUE, _has_digits),
    keyed("national-id", _ID_NAMES, _ID_VALUE, _has_digits),
    keyed("national-id", r"(?:personal)?ausweis\w{0,8}", r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?", _passport),
    # Alone the word names courses and companies too: only as cars of a few countries have it.
    keyed("licence-plate", r"registration|reg\.?",
          r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z]{2}-[0-9]{3}-[A-Z]{2}|[A-Z]{1,3}-[A-Z]{1,2} ?[0-9]{1,4}", _plate),
    keyed("drivers-licence", r"(?:my|his|her|your) d\.?l\.?|dl ?(?:#|no|number)|driv(?:er'?s?|ing) licen[cs]e|führerschein\w{0,6}|permis de conduire|"
          r"licencia de conduc\w{2,4}|patente di guida|rijbewijs\w{0,6}|prawo jazdy|carta de condução|cnh",
          r"[A-Z0-9](?:[ \-/]?[A-Z0-9]){4,17}", _has_digits),
    keyed("health-insurance", r"health insurance|krankenversicherten\w{0,8}|versichertennummer|medical record|mrn|"
          r"patient|kvnr|policy holder|member|(?:insured|subscriber)(?:'s)?", r"[A-Z]{0,3}[0-9](?:[ \-]?[0-9]){5,14}", _has_digits),
    one("phone", r"\+[1-9](?:[ \-./()]{0,3}[0-9]){6,14}(?:\b|[ ,]{0,2}(?:x|ext\.?|extension)[ :.]{0,2}[0-9]{1,6}\b)", always, raw=True),
    Recognizer(label="phone", expression=NUMBER, check=always, score=0.8),
)  # fmt: skip
