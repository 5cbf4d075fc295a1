"""Personal data: every kind with a right and a wrong check digit, and what only looks like it.

Values are drawn when the test runs, or are specimens that the issuers publish.
"""

import re
import string
from random import Random

import msgspec
import pytest

from seawall.core.exchange import Exchange, Stage, Surface, Trust
from seawall.guard import cards
from seawall.guard.contract import Context, Subject
from seawall.guard.detectors.answer_personal_data import values_in
from seawall.guard.patterns import PatternSet
from seawall.guard.recognizers import account_checks, checks, id_checks, id_checks_world, personal
from seawall.guard.recognizers.surroundings import column
from seawall.guard.self_test import part_at
from seawall.guard.views import read

DETECTOR = cards.build("personal-data")
PATTERNS = PatternSet(("personal-data", pattern) for pattern in DETECTOR.patterns())


def found(text: str) -> list[tuple[str, str]]:
    """Return (label, value) of what is found in a text, from score 0.5 on."""
    views = read(text).views
    hits = PATTERNS.scan(views).get("personal-data", ())
    subject = Subject(part=part_at(Stage.INPUT, text), views=views, hits=hits)
    findings = DETECTOR.detect(subject, Context()).findings
    return [(f.label, text[f.start : f.end]) for f in findings if f.score >= 0.5]


def drawn(shape: str, rng: Random) -> str:
    """Fill a shape: 9 a digit, A a letter, Y M D parts of a day, the rest stands as it is."""
    parts = {"YY": f"{rng.randrange(40, 99)}", "MM": f"{rng.randrange(1, 13):02d}",
             "DD": f"{rng.randrange(1, 29):02d}"}  # fmt: skip
    for name, value in parts.items():
        shape = shape.replace(name, value)
    return re.sub(
        "[9A]",
        lambda m: rng.choice(string.digits if m[0] == "9" else string.ascii_uppercase),
        shape,
    )


# Specimens that issuers or standards publish: (label, sentence with the value in brackets).
SPECIMENS = [
    ("at-svnr", "SVNR [1237 010180]"), ("be-nn", "mijn nummer is [85.07.30-033.28]"),
    ("be-nn", "rijksregisternummer [85073003328]"), ("bg-egn", "ЕГН: [7523169263]"),
    ("ch-ahv", "AHV [756.9217.0769.85]"), ("cz-rc", "rodné číslo [710319/2745]"),
    ("de-steuer-id", "Meine Steuer-ID ist [86095742719]"),
    ("de-pension", "Rentenversicherungsnummer [15 070649 C 103]"),
    ("dk-cpr", "CPR-nummer [211062-5629]"), ("ee-isikukood", "isikukood [36805280109]"),
    ("es-dni", "mi DNI es [12345678Z]"), ("es-dni", "NIE [X1234567L]"),
    ("fi-hetu", "tunnus [131052-308T]"), ("fr-nir", "n° [2 69 05 49 588 157 80]"),
    ("gr-afm", "ΑΦΜ [094259216]"), ("gr-amka", "AMKA [01013099997]"),
    ("hr-oib", "OIB: [33392005961]"), ("hu-tax", "adóazonosító jel: [8071592153]"),
    ("ie-pps", "PPS number [6433435F]"), ("is-kennitala", "kennitala [120174-3399]"),
    ("it-codice-fiscale", "codice fiscale [RCCMNL83S18D969H]"),
    ("lt-asmens-kodas", "asmens kodas [33309240064]"),
    ("lv-personas-kods", "personas kods [161175-19997]"),
    ("nl-bsn", "BSN [111222333]"), ("no-fnr", "fødselsnummer [151086 95088]"),
    ("pl-pesel", "PESEL [44051401359]"), ("pl-nip", "NIP [123-456-32-18]"),
    ("pt-nif", "NIF [501964843]"), ("ro-cnp", "CNP [1630615123457]"),
    ("ru-inn", "ИНН [500100732259]"), ("ru-snils", "СНИЛС [112-233-445 95]"),
    ("se-personnummer", "personnummer [880320-0016]"), ("yu-jmbg", "EMŠO: [0101006500006]"),
    ("tr-tckn", "T.C. kimlik no [17291716060]"), ("ua-rnokpp", "РНОКПП [1759013776]"),
    ("uk-nhs", "NHS number [943 476 5919]"), ("uk-nino", "National Insurance [QQ 12 34 56 C]"),
    ("us-ssn", "she gave [219-09-9999]"), ("us-ssn", "SSN [219 09 9999]"),
    ("us-npi", "NPI [1234567893]"), ("us-itin", "ITIN [912-70-1234]"),
    ("us-medicare", "Medicare [1EG4-TE5-MK73]"), ("ca-sin", "SIN [123 456 782]"),
    ("mx-curp", "CURP [BOXW310820HNERXN09]"), ("br-cpf", "CPF [390.533.447-05]"),
    ("br-cpf", "cpf [39053344705]"), ("br-cnpj", "CNPJ [16.727.230/0001-97]"),
    ("ar-cuit", "CUIT [20-05536168-2]"), ("cl-rut", "RUT [12.531.909-2]"),
    ("ec-cedula", "cédula [1714307103]"), ("uy-ci", "cédula (Uruguay) [1.234.567-2]"),
    ("co-cedula", "Cédula de ciudadanía: [1.020.304.050]"),
    ("in-aadhaar", "Aadhaar [2341 2341 2346]"), ("in-pan", "PAN [ABCPE1234F]"),
    ("cn-id", "他的号码是 [11010519491231002X]"), ("jp-my-number", "マイナンバー [123456789018]"),
    ("tw-id", "身分證 [A123456789]"), ("hk-id", "HKID [A123456(3)]"),
    ("sg-nric", "his [S1234567D]"), ("sg-nric", "FIN [M5012345J]"), ("sg-nric", "FIN [M1234567K]"),
    ("br-cnpj", "CNPJ [12.ABC.345/01DE-35]"), ("pt-nif", "NIF [451234561]"),
    ("lv-personas-kods", "personas kods [010185-10080]"),
    ("tw-id", "身分證字號 [A123456789]"), ("jp-my-number", "個人番号は[123456789018]です"),
    ("sa-id", "رقم الهوية [1123456780]"), ("yu-jmbg", "ЕМБГ [1503988210019]"),
    ("iban", "IBAN [LC55HEMM000100010012001200023015]"),
    ("iban", "IBAN [BY13NBRB3600900000002Z00AB00]"),
    ("payment-card", "Mir [2200 7007 0000 0002]"),
    ("th-id", "citizen ID [1-1017-00230-70-8]"), ("my-nric", "MyKad [770305-02-1234]"),
    ("vn-cccd", "CCCD [079203012345]"), ("id-nik", "NIK [3171234501900001]"),
    ("au-tfn", "TFN [123 456 782]"), ("au-medicare", "Medicare number [2123 45670 1]"),
    ("nz-ird", "IRD number [49-091-850]"), ("za-id", "SA ID [7503305044089]"),
    ("il-id", "teudat zehut [123456782]"), ("ae-id", "ID [784-1980-1234567-8]"),
    ("ng-nin", "NIN [12345678901]"), ("ph-tin", "TIN [123-456-789-000]"),
    ("vin", "VIN [1M8GDM9AXKP042788]"), ("bank-routing", "routing number [021000021]"),
    ("imei", "IMEI [490154203237518]"), ("payment-card", "paid by [5555 5555 5555 4444] 12/27"),
    ("payment-card", "amex [3782 822463 10005]"), ("iban", "IBAN [GB82 WEST 1234 5698 7654 32]"),
    ("crypto-wallet", "to [1BoatSLRHtKNngkdXEeobR76b53LETtpyT]"),
    ("crypto-wallet", "to [bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4]"),
    ("crypto-wallet", "to [0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed]"),
]  # fmt: skip
# Kinds whose number has no check digit, or none that a random digit would break.
UNCHECKED = {
    "uk-nino", "us-medicare", "in-pan", "vn-cccd", "ng-nin", "ph-tin", "co-cedula", "dk-cpr",
    "us-itin", "my-nric", "au-medicare", "vin", "id-nik", "us-ssn", "crypto-wallet",
}  # fmt: skip


@pytest.mark.parametrize(("label", "sentence"), SPECIMENS, ids=[s for _, s in SPECIMENS])
def test_a_specimen_is_found_where_it_stands(label: str, sentence: str) -> None:
    value = sentence[sentence.index("[") + 1 : sentence.rindex("]")]
    text = sentence.replace("[", "", 1).replace("]", "", 1) + ", please check."
    assert (label, value) in found(text)


@pytest.mark.parametrize(("label", "sentence"), SPECIMENS, ids=[s for _, s in SPECIMENS])
def test_a_wrong_check_digit_is_not_found(label: str, sentence: str) -> None:
    if label in UNCHECKED:
        return
    text = sentence.replace("[", "", 1).replace("]", "", 1)
    # Of the nine other last figures a sound check lets through none, or one where two digits fit.
    last = max(i for i, c in enumerate(text[: sentence.rindex("]") - 1]) if c.isdigit())
    wrong = [text[:last] + d + text[last + 1 :] for d in string.digits if d != text[last]]
    passed = [w for w in wrong if label in dict(found(w))]
    assert len(passed) <= 2, passed


GENERATED = [
    ("be-nn", "niss {}", "YYMMDD99999"), ("bg-egn", "ЕГН {}", "YYMMDD9999"),
    ("br-cpf", "cpf {}", "99999999999"), ("ca-sin", "SIN {}", "999999999"),
    ("cz-rc", "rodné číslo {}", "YYMMDD/9999"), ("ee-isikukood", "isikukood {}", "3YYMMDD9999"),
    ("fi-hetu", "{}", "DDMMYY-999A"), ("fr-nir", "{}", "1YYMM9999999999"),
    ("gr-afm", "ΑΦΜ {}", "999999999"), ("hr-oib", "OIB {}", "99999999999"),
    ("hu-tax", "adószám {}", "8999999999"), ("ie-pps", "PPSN {}", "9999999A"),
    ("is-kennitala", "kennitala {}", "DDMMYY9999"),
    ("jp-my-number", "My Number {}", "999999999999"),
    ("kr-rrn", "{}", "YYMMDD-1999999"), ("lu-matricule", "matricule {}", "19YYMMDD99999"),
    ("nl-bsn", "BSN {}", "999999999"), ("no-fnr", "fnr {}", "DDMMYY99999"),
    ("pl-pesel", "PESEL {}", "YYMMDD99999"), ("pt-nif", "NIF {}", "299999999"),
    ("ro-cnp", "CNP {}", "1YYMMDD999999"), ("ru-inn", "ИНН {}", "999999999999"),
    ("se-personnummer", "personnummer {}", "YYMMDD-9999"), ("th-id", "Thai {}", "1999999999999"),
    ("tr-tckn", "kimlik {}", "19999999999"), ("tw-id", "Taiwan {}", "A199999999"),
    ("ua-rnokpp", "РНОКПП {}", "2999999999"), ("uk-nhs", "NHS {}", "9999999999"),
    ("uk-utr", "UTR {}", "9999999999"), ("hu-taj", "TAJ {}", "999999999"),
    ("us-npi", "NPI {}", "1999999999"), ("za-id", "SA ID {}", "YYMMDD9999089"),
    ("yu-jmbg", "JMBG {}", "DDMM9YY500999"), ("es-dni", "{}", "99999999A"),
    ("sg-nric", "{}", "T9999999A"), ("sa-id", "iqama {}", "2999999999"),
    ("eg-id", "egypt {}", "2YYMMDD9999999"), ("mx-rfc", "RFC {}", "AAAAYYMMDDA99"),
    ("cl-rut", "RUT {}", "19999999-9"), ("ec-cedula", "cédula {}", "1799999999"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "sentence", "shape"), GENERATED, ids=[g[0] for g in GENERATED])
def test_numbers_of_a_country_are_found_when_their_check_holds(
    label: str, sentence: str, shape: str
) -> None:
    recognizer = next(r for r in personal.RECOGNIZERS if r.label == label and not r.shape) \
        if any(r.label == label and not r.shape for r in personal.RECOGNIZERS) \
        else next(r for r in personal.RECOGNIZERS if r.label == label)  # fmt: skip
    rng, good, bad = Random(label), [], []
    for _ in range(40_000):
        value = drawn(shape, rng)
        plain = value if recognizer.raw else re.sub(r"[ \-./]", "", value)
        (good if recognizer.check(plain) else bad).append(value)
        if len(good) >= 3 and len(bad) >= 3:
            break
    assert len(good) >= 3
    words = sentence.replace("{}", "").strip()
    for value in good[:3]:
        assert label in dict(found(f"{words} {value}".strip())), value
    for value in bad[:3]:
        assert label not in dict(found(f"{words} {value}".strip())), value


def test_a_number_needs_its_word() -> None:
    for text in ("order 44051401359", "we sold 111222333 pieces", "build 7523169263", "1759013776"):
        assert found(text) == [], text


PHONES = [
    "call me on +1 212-555-0142", "+44 20 7946 0958 is mine", "Tel. 030 901820", "fax: 0221/4710-0",
    "Telefon +49 (0) 30 901820", "Handy 0171 2345678", "portable 06 12 34 56 78",
    "(212) 555-0142", "212.555.0142", "001-212-555-0142x77", "mi móvil es 612 345 678",
    "il mio cellulare è 347 123 4567", "mijn mobiel is 06-12345678", "zadzwoń pod 512 345 678",
    "my number is 07700 900123", "WhatsApp 98765 43210", '{"phone": "5551234567"}',
    "You can reach her at 555-0100 or so", "+33 1 23 45 67 89", "020 7946 0958 office",
    "name,phone\nAda,2125550142\nBob,7185550199", "nome;telemovel\nAda;212 278 853",
    "Mobil: 0049 176 82355675", "ask Dan Parry, 020 7409 7902.", "Llámame al 91 455 68 42",
    "schreib mir auf 030 94807989", "il mio nuovo numero è 02-69799224", "mi número es 612345678",
    "Proszę dzwonić pod numer 627977513", "Caller ID 218 359 2830 - voicemail",
    "Ph: 911 671 2497", "Tfno. 91 498 94 37", "Rückruf bitte an 0171 2663847",
]  # fmt: skip


@pytest.mark.parametrize("text", PHONES)
def test_phones_are_found_in_many_notations(text: str) -> None:
    assert "phone" in dict(found(text))


OTHERS = [
    ("date-of-birth", "born on 12 March 1984"), ("date-of-birth", "DOB: 03/12/84"),
    ("date-of-birth", "geboren am 3. Mai 1971"), ("date-of-birth", "née le 4 février 1990"),
    ("date-of-birth", "nato il 12.05.1966"), ("date-of-birth", "nacido el 7 de julio de 1988"),
    ("date-of-birth", "出生 1984年3月12日"), ("date-of-birth", "name,birth date\nAda,1984-03-12"),
    ("passport", "Passport no. C01X00T47"), ("passport", "passeport 12AB34567"),
    ("passport", "my passport number is 123456789"), ("passport", "我的护照号码是E12345678"),
    ("date-of-birth", "出生日期：1990年5月12日"),
    ("passport", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
    ("ip-address", "login from 84.17.33.129"), ("ip-address", "client 2a02:810d:8f40:1c3::7"),
    ("ip-address", "84.17.33.129:8080 refused"), ("mac-address", "device 3c:22:fb:9a:10:4e"),
    ("mac-address", "MAC 3C-22-FB-9A-10-4E"), ("licence-plate", "licence plate AB12 CDE"),
    ("licence-plate", "Kennzeichen B-AB 1234"), ("licence-plate", "matrícula 1234 BCD"),
    ("licence-plate", "number plate is ab12cde now"),
    ("national-id", "national ID number: 8001015-9087"),
    ("national-id", "Personalausweis L01X00T471"),
    ("tax-id", "tax identification number 12/345/67890"),
    ("drivers-licence", "driver's license D1234567"), ("bank-account", "sort code 12-34-56"),
    ("bank-account", "account number: 31926819"),
    ("health-insurance", "medical record number 00482913"),
    ("licence-plate", "registration AB12 CDE was seen"), ("licence-plate", "Vehicle reg: AB12 CDE"),
    ("licence-plate", "un véhicule immatriculé AB-123-CD"),
    ("licence-plate", "Placa do carro RKK2X12"),
    ("drivers-licence", "my DL is E8288072"), ("drivers-licence", "prawo jazdy 25362/87/4981"),
    ("date-of-birth", "nasci a 17/05/1996"), ("date-of-birth", "nací el 17/05/1996"),
    ("bank-routing", "BIC: DEUTDEFF"), ("bank-routing", "SWIFT code COBADEFFXXX"),
    ("payment-card", "CVV: 123"), ("payment-card", "my card PIN is 4711"),
    ("drivers-licence", "DL# S9603082"), ("bank-account", "checking account 67232686"),
    ("bank-account", "Kto. 59582785"), ("health-insurance", "Insured's ID: AC46201684"),
    ("date-of-birth", "Edith Gnatz, *18.01.1967, Kiel"),
    ("national-id", "Personalausweisnummer: CNM5HT7K2"),
    ("username", "Failed password for dylan9586 from"), ("username", '{"login": "cortez.j64"}'),
    ("username", "Username: kcox49"), ("username", "user=dylan.price ip=::1"),
    ("username", "https://www.linkedin.com/in/marta-lindqvist-4b1"),
    ("geo-position", "find me at 52.52001, 13.40495"),
    ("geo-position", '{"user_location": {"lat": 52.52001, "lon": 13.40495}}'),
    ("email", "o'hara@harbour.example"), ("email", "Ada.Byron+x@mail.harbour.example"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text"), OTHERS, ids=[t for _, t in OTHERS])
def test_other_kinds_are_found(label: str, text: str) -> None:
    assert label in dict(found(text))


CLEAN = [
    "Order 4261275300401018 shipped with tracking 1Z3779533783417979.", "ISBN 978-3-16-148410-0",
    "ISBN 0-306-40615-2", "EAN 4006381333931", "GTIN 05901234123457", "UPC 036000291452",
    "Version 10.4.2.1 and build 1.4.20.7", "v2.31.0-rc1, 3.11.9, 2024.10.1",
    "Listen on 127.0.0.1 and 10.0.0.4:80",
    "DNS is 8.8.8.8, then 1.1.1.1", "2024-01-05 12:33:10 ERROR 1704458000 took 1234567 us",
    "created: 1695097702, expires 1704458000123", "uuid 0d39e1cd-58e9-4e6d-966d-00671c5f1f86",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b", "Part number 555-0516-4406 is out of stock.",
    "Invoice 2026-11-0042 of 2026-11-24, total 1,249.00 EUR",
    "Meeting on 1998-03-30 about Jordan exports.",
    "The company was founded on 12 March 1984.", "pi is 3.14159265358979",
    "seats 12-34-56 are free",
    "headphones: 6992792935", "the 2020-2021 season, phone in hand",
    "population 1 417 173 173 and 83 240 525",
    "RFC 2119, section 3.1.4, ISO 8601:2004", "user@example.com", "std::vector, fa::ba, 12:30:45",
    "fingerprint 3c:22:fb:9a:10:4e:77:01:aa:bc:de:f0:12:34:56:78",
    "the plate is hot, plates is 0 mm",
    "Mersenne 2147483647 and 4294967295", "resolution 1920x1080, 3840 2160",
    "lot 4539 5787 6362 1487",
    "coordinates 52.520008, 13.404954",
    "git clone git@github.com:harbour/shop.git", "sent by no-reply@harbour.example",
    "乳名 F131104093", "المكتب 1123456780",
    "0x1f4a, 0xDEADBEEF, 0x0000000000000000000000000000000000000000",
    "ABCDEFGHJKLMNPRST is no vehicle", "price: 12345678 won, 987654321 in stock",
    "Model DE89370400440532013001 is no account", "a call to 3 functions with 100000 rows",
    # Fingerprints, dumps and characters.
    "Fingerprint: 57:de:05:83:ef:d2:b2:6e:03:61:da:99:da:9d:f4:64", "4c:dd:51:a3:d1:f5:20:32:61:ae",
    "cb:0e:58:34:b3:\n         58:e7:c8:7c:09:67\n-----", "<Buffer 01 02 03 04 05 06 07 08>",
    "30FE ; [.42EA.0020.0011.0002][.0000.0037.0002]", "U+00DF => 0053 0053",
    "33DC <square> 0053 0076",
    "modified: 1703011700.132, call it",
    "apt 30+20221128-1, 2.4+20151223.git, 1:14~++20211221121559",
    "Clause 252.227-7013 (c) (1) of DFARS",
    # Words inside other words; days, no identity cards.
    "verrà consegnato il 20/04/2026", "le travail est terminé le 12/03/2024",
    "Ustawa z dnia 23 kwietnia 1964 r.", "The registration of 2024 students in CS101",
    "- item, *2 of 3*, login page_2", "multi-user.target.wants/app.service",
    "the Ausweis CHRFTKLMN is none",
    "user: postgres, username: test01, user = get_user.id", "the gearbox, pin=13, PIN 12 is high",
    # Rows of numbers.
    "41 11 11 11 11 11 11 11 12 13", "07 41 11 11 11 11 11 11 11 11",
    "1 2 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4123 4111 1111 1111 1111 4532 4110",
    # Numbers of many figures.
    "6920.203923780365, 4390869.389638642", "82 64 13 54 30 45 36 87 59 1 80 39 93 11 61 78",
    "48.1-33.6 69-27 13.7 34.7 5.2", "9 18 27 36 45 54 63 72 81 90 99",
    "+99585767E-22\n+8188292423973E287", "14.190361295800141, 17.817887841179873",
    "class A : public PassInfoMixin<SafepointIRVerifierPass> {",
    # Nobody's own: networks, fillers, machines, free lines, posts, the dead.
    "--range=120.120.10.128/28", "--ip=1.2.3.4, 2.2.2.2", "02:42:ac:11:00:02 is the container",
    "call 0800 111 0 111 or 1-800-222-1222", "info@harbour.example, Bug-Diffutils@gnu.example",
    "dev@lists.harbour.example", "datenschutz@hafen.example", "Einstein was born on 14 March 1879.",
]  # fmt: skip


@pytest.mark.parametrize("text", CLEAN)
def test_what_looks_like_personal_data_is_clean(text: str) -> None:
    assert found(text) == []


CUT = [
    ("phone", "Call me on +1 212-\n555-0142 please", "+1 212-\n555-0142"),
    ("phone", "> reach me at +49 171\n> 2345678 today", "+49 171\n> 2345678"),
    ("payment-card", "my card is 4111 1111\n1111 1111, ok", "4111 1111\n1111 1111"),
    ("payment-card", "card 4111 1111=\r\n 1111 1111", "4111 1111=\r\n 1111 1111"),
    ("iban", "IBAN DE89 3704 0044\n0532 0130 00", "DE89 3704 0044\n0532 0130 00"),
    ("iban", "to GB82 WEST\n> 1234 5698 7654 32", "GB82 WEST\n> 1234 5698 7654 32"),
    ("us-ssn", "SSN 219-\n09-9999 it is", "219-\n09-9999"),
    ("date-of-birth", "born on 3 May\n1971 in Kiel", "3 May\n1971"),
    ("date-of-birth", "geboren am 12.\nMärz 1984", "12.\nMärz 1984"),
    ("payment-card", "// card: 4111 1111\n// 1111 1111", "4111 1111\n// 1111 1111"),
    ("email", "mail marta.lind@\ntidewater.example", "marta.lind@\ntidewater.example"),
    ("email", "mail marta.lind@tide=\nwater.example", "marta.lind@tide=\nwater.example"),
    ("email", "mail marta.lind@tide\nwater.com now", "marta.lind@tide\nwater.com"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text", "value"), CUT, ids=[t for _, t, _ in CUT])
def test_what_a_line_end_cuts_is_found_whole(label: str, text: str, value: str) -> None:
    assert (label, value) in found(text)


def test_lines_that_only_follow_one_another_are_no_value() -> None:
    assert found("mail ada@tidewater.example\nthanks")[0][1] == "ada@tidewater.example"
    for text in (
        "thanks everyone\n@john.doe is here", "root@web1\nfile.txt", "4111 1111\n1111 1111",
        "built in 4111 1111\n1111 1111,22", "we met 20 in 2023\n12 came",
        "It is 41111111\n1. 11111111",
    ):  # fmt: skip
        assert not found(text), text


@pytest.mark.parametrize(
    "address",
    ["anna [at] example [dot] com", "anna(at)example.com", "anna at example dot com",
     "anna.k (at) tidewater (dot) example", "anna dot smith at example dot co dot uk",
     "juan arroba ejemplo punto com", "anna_k@example dot org"],
)  # fmt: skip
def test_an_address_in_words_is_found(address: str) -> None:
    assert found(f"please write to {address} soon") == [("email", address)]


@pytest.mark.parametrize(
    "text",
    ["visit us at example dot com", "look at each dot in it", "see you (at) noon.", "a@b dot"],
)
def test_at_and_dot_in_prose_are_no_address(text: str) -> None:
    assert found(text) == []


def test_an_answer_may_say_what_the_question_spelt_in_words() -> None:
    assert values_in("anna at example dot com") == {"anna@example.com"}


def test_neighbours_are_told_apart() -> None:
    text = "PESEL 44051401359, NIP 1234563218, tel. 512 345 678, card 4111 1111 1111 1111 12/27."
    assert dict(found(text)) == {
        "pl-pesel": "44051401359", "pl-nip": "1234563218", "phone": "512 345 678",
        "payment-card": "4111 1111 1111 1111",
    }  # fmt: skip


def test_the_head_of_a_column_is_context() -> None:
    table = "name,PESEL,age\nAda,44051401359,80\nBob,02070803628,22"
    assert [label for label, _ in found(table)] == ["pl-pesel", "pl-pesel"]
    assert found("| Name | BSN |\n|---|---|\n| Ada | 111222333 |") == [("nl-bsn", "111222333")]
    assert column("a,b\n1,2", 6) == "b" and column("1,2\n3,4", 6) == ""


def test_answers_are_compared_by_normal_form() -> None:
    assert values_in("4111 1111 1111 1111") == values_in("card 4111-1111-1111-1111")


def test_every_label_stands_on_the_card_and_has_a_test() -> None:
    labels = {r.label for r in personal.RECOGNIZERS}
    assert labels == set(cards.cards()["personal-data"].labels)
    tested = {label for label, *_ in [*SPECIMENS, *GENERATED, *OTHERS]}
    assert labels - tested == {"phone"}


def test_checks_reject_what_cannot_be() -> None:
    assert not checks.card("4111111111111112") and not checks.ean13("7569217076984")
    assert not id_checks.be_number("85993003328") and not id_checks_world.cn_id(
        "11010519491331002X"
    )
    assert not account_checks.vin("1M8GDM9A1KP042788") and not account_checks.routing("021000022")
    assert not account_checks.base58check("1BoatSLRHtKNngkdXEeobR76b53LETtpyU")
    assert not account_checks.bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")


def test_what_a_stranger_says_of_a_tool_was_not_asked() -> None:
    """A card in a server's own list of tools is none that operator or user brought."""
    detector = cards.build("answer-personal-data")
    text = "It is 4111 1111 1111 1111."
    views = read(text).views
    patterns = PatternSet(("answer-personal-data", one) for one in detector.patterns())
    hits = patterns.scan(views).get("answer-personal-data", ())
    subject = Subject(part=part_at(Stage.OUTPUT, text), views=views, hits=hits)
    defined = part_at(Stage.TOOL_DEFINITION, "Pays with 4111111111111111.")
    for trust, count in ((Trust.OPERATOR, 0), (Trust.UNTRUSTED, 1)):
        exchange = Exchange(
            request_id="r", surface=Surface.CHAT, model="m", body={},
            parts=[msgspec.structs.replace(defined, trust=trust)],
        )  # fmt: skip
        assert len(detector.detect(subject, Context(exchange=exchange)).findings) == count
