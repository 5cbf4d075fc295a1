"""Write src/seawall/guard/reading/vocabulary.txt: how common words are, to tell text from noise.

Input: JSON Lines files (also .gz) with a `text` field and, where known, `source` and `lang`.
A word counts once a text; only words of several texts stay. The file holds words only, most
frequent first, no counts. Run: python scripts/build_vocabulary.py FILE...
"""

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/seawall/guard/reading/vocabulary.txt"
WORD = re.compile(r"[a-zà-ÿœßğışčřžěůąćęłńóśźżőű]{1,18}")
MOST = 16_000
_SHORT = """a i am an as at be by do go he if in is it me my no of oh on or so to up us we ok hi
ich y o u à è é de la le el en du un es et il je tu ne se ma sa si au ce er ob um zu
da wo im lo al mi te su va io di ed"""
# Words of requests in several languages, whatever the input holds.
_EXTRA = """ignoriere ignoriert vergiss vergesst geheim geheime geheimen passwort kreditkarte
zugangsdaten systemprompt überweise wiederhole befolge ignorez oublie oubliez révèle
affiche mot passe carte bancaire revela muestra olvida contraseñas tarjeta tarjetas
crédito dimentica rivela esqueça esquece revele senha cartão carding carders skimmer
ransomware keylogger malware exfiltrate jailbreak prompt prompts unrestricted
uncensored hier das wort vorigen obigen alle regeln anweisung anweisungen
kreditkarten the and you that was for are with his they this have from one had not
but what all were when your can said there use each which she how their will other
about out many then them these some her would make like him into time has look two
more write see number way could people than first been call who its now find long
down day did get come made may part please ignore previous instructions system tell
send email account password show print output reply answer only word text customer
card transfer money tool function list rules repeat forever say user assistant must
should before after above follow decode message der die und nicht sie ist ein eine
mit auf für von dem den des sich auch dass wie wenn noch nur kann bitte vorherigen
schreibe sage antworte konto les est une pour que dans qui pas sur vous avec tout
mais sont nous votre cette leur même donne écris répète toutes précédentes réponds
compte los las del por con para una como más pero sus este entre cuando todo esta ser
son dos también fue hasta donde quien desde repite escribe ignora todas instrucciones
anteriores cuenta palabra responde che non per sono della gli più anche tutto questo
quando ripeti scrivi parola não uma com mas foi ele tem seu sua muito também repita
escreva het een van niet dat voor met zijn maar ook aan schrijf herhaal woord nie się
jest jak ale tak czy dla tylko może wszystkie napisz powtórz słowo bir için ile daha
çok gibi olan var ama tüm yaz tekrarla kelime"""
SHORT = frozenset(_SHORT.split())
EXTRA = _EXTRA.split()


def texts(path: Path) -> list[dict[str, str]]:
    """Return the rows of one file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main(paths: list[str]) -> int:
    """Count and write."""
    seen: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for path in map(Path, paths):
        for row in texts(path):
            foreign = row.get("lang", "en") != "en"
            weight = 3 if foreign else 1
            words = set(re.findall(r"\w+", row["text"][:4000]))
            lower = {word for word in words if WORD.fullmatch(word)}
            for word in words - lower:
                folded = word.lower()
                if WORD.fullmatch(folded) and folded not in lower:
                    (seen if foreign else capital)[folded] += weight
            for word in lower:
                seen[word] += weight
    for word in EXTRA:
        seen[word] += 5
    kept = []
    for word, count in seen.most_common():
        if len(word) < 3 and word not in SHORT:
            continue
        # Names are mostly written with a capital; they are no words for our purpose.
        if word in SHORT or (count >= 5 and count >= capital[word] / 6):
            kept.append(word)
    TARGET.write_text("\n".join(kept[:MOST]) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
