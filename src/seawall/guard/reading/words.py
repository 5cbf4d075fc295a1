"""Frequent words of ten languages: what tells a decoded text from noise."""

import re

_FREQUENT = """the and you that was for are with his they this have from one had not but what all were when
your can said there use each which she how their will other about out many then them these some her would
make like him into time has look two more write see number way could people than first been call who its
now find long down day did get come made may part please ignore previous instructions system prompt tell
send email account password show print output reply answer only word text customer card transfer money tool
function list rules repeat forever say user assistant must should before after above follow decode message
der die und das nicht sie ist ein eine mit auf für von dem den des sich auch dass wie wenn noch nur kann
bitte alle vorherigen anweisungen schreibe sage wiederhole antworte konto
les des est une pour que dans qui pas sur vous avec tout mais sont nous votre cette leur même donne écris
répète ignore toutes instructions précédentes réponds compte mot
los las del por con para una como más pero sus este entre cuando todo esta ser son dos también fue hasta
donde quien desde repite escribe ignora todas instrucciones anteriores cuenta palabra responde
che non per una sono con del della gli come più anche tutto questo quando ripeti scrivi ignora parola
não uma com por mais como mas foi ele das tem seu sua quando muito também repita escreva
het een van niet dat die voor met zijn maar ook aan alle schrijf herhaal woord
nie się jest jak ale tak czy dla tylko może wszystkie napisz powtórz słowo
bir için bu ile daha çok gibi olan var ama tüm yaz tekrarla kelime"""
FREQUENT = frozenset(word for word in _FREQUENT.split() if len(word) >= 3)
_TOKEN = re.compile(r"[^\W\d_]{3,}")


def readable(text: str, *, least: int = 3) -> bool:
    """Return whether at least `least` different frequent words stand in the text."""
    seen = set()
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        if word in FREQUENT:
            seen.add(word)
            if len(seen) >= least:
                return True
    return False
