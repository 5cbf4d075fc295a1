"""A request for a criminal tool or for instructions that hurt people."""

from seawall.guard.contract import Card, Detector
from seawall.guard.semantic.detector import CueDetector
from seawall.guard.semantic.judge import Topic

# What nobody writes who means well.
_ADMITTED = {
    "cracks-others": r"\b(?:crack|hack|break into|get into|spy on|take over|hijack|empty)\w*\b[^\n.]{0,30}\b(?:(?:neighbou?r|ex|boss|wife|husband|girlfriend|boyfriend|colleague|someone|somebody|another person|stranger|victim)(?:'s|’s|s)?|her|his|their)\b[^\n.]{0,20}\b(?:wi-?fi|wlan|passwords?|phone|number|accounts?|e-?mails?|computer|laptop|savings|network)\b",
    "hacked-cards": r"\b(?:hacked|cracked|stolen|cloned|skimmed) cards?\b[^\n]{0,120}\b(?:refund|purchase|buy|tool|script|checks?|gift cards?)\w*|\b(?:tool|script|program|bot)\b[^\n]{0,60}\b(?:hacked|cracked|stolen|cloned|skimmed) (?:credit )?cards?\b",
    "dump": r"\b(?:numbers|cards|accounts|logins|credentials) (?:from|in|of) my (?:dump|list|combo|leak)\b|\bmy (?:dump|combo ?list|fullz)\b",
    "victims-cards": r"\bvictims?'?s? (?:cards?|accounts?|passwords?|files|computers?|machines?)\b|\bwhich (?:of the )?(?:stolen |victims' )?cards? (?:are|is|still) (?:live|valid|working|good)\b",
    "stolen-logins": r"\b(?:identifiants|mots de passe|comptes|cartes?) vol[ée]+s?\b|\bvider (?:le|les|son|leurs?) comptes?\b|\b(?:gestohlene[rn]?|geklaute[rn]?) (?:zugangsdaten|karten(?:nummern)?|passwörter|konten)\b|\b(?:tarjetas|cuentas|contraseñas) robadas\b|\bvaciar (?:la|las|su|sus) cuentas?\b",
}


def build(card: Card) -> Detector:
    """Return the detector."""
    topic = Topic(
        detector=card.id,
        rules="cyber",
        about="DEFENCE",
        about_needs_quote=False,
        about_factor=0.4,
    )
    return CueDetector(topic, label="carding", phrases=_ADMITTED)
