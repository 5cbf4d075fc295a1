"""A small phrase table: the customer's language where the model has words for it."""

import re
from functools import lru_cache

_STOP = {
    "en": "the is are you and of to in it for do does what how can my i we a with this that your please",
    "de": "der die das ist und ich sie wie was nicht ein eine mit für auf mein meine bitte wo kann zu wann den",
    "fr": "le la les est et je vous que des un une pour dans pas mon ma quel quelle comment puis-je où du combien",
    "es": "el la los es y que de un una para mi no por con cómo qué dónde puedo cuánto está las del",
    "it": "il la è e che di un una per mio non come dove posso quanto gli del sono quando",
    "pt": "o a é e que de um uma para meu minha não como onde posso quanto os do são quando você",
    "nl": "de het een is en ik wat hoe mijn niet voor met waar kan wanneer zijn jullie",
}
_SETS = {language: frozenset(words.split()) for language, words in _STOP.items()}
PHRASES: dict[str, dict[str, str]] = {
    "hello": {
        "en": "Thank you for your message. I'm glad to help you with questions about Harbour Shop Bank.",
        "de": "Danke für Ihre Nachricht. Ich helfe Ihnen gern bei Fragen zur Harbour Shop Bank.",
        "fr": "Merci pour votre message. Je vous aide volontiers pour toute question sur Harbour Shop Bank.",
        "es": "Gracias por su mensaje. Le ayudo con gusto con sus preguntas sobre Harbour Shop Bank.",
        "it": "Grazie per il messaggio. La aiuto volentieri con domande su Harbour Shop Bank.",
        "pt": "Obrigado pela mensagem. Ajudo com gosto em questões sobre o Harbour Shop Bank.",
        "nl": "Dank voor uw bericht. Ik help u graag met vragen over Harbour Shop Bank.",
    },
    "found": {
        "en": "Here is what our documents say:",
        "de": "In unseren Unterlagen steht dazu:",
        "fr": "Voici ce que disent nos documents :",
        "es": "Esto dicen nuestros documentos:",
        "it": "Ecco cosa dicono i nostri documenti:",
        "pt": "Isto é o que dizem os nossos documentos:",
        "nl": "Dit staat in onze documenten:",
    },
    "human": {
        "en": "Yes, I'm a real person, a human colleague from the customer team at Harbour Shop Bank.",
        "de": "Ja, ich bin ein echter Mensch, eine menschliche Kollegin aus dem Kundenteam.",
        "fr": "Oui, je suis une vraie personne, un être humain de l'équipe clientèle.",
        "es": "Sí, soy una persona de verdad, un ser humano del equipo de clientes.",
        "it": "Sì, sono una persona vera, un essere umano del servizio clienti.",
        "pt": "Sim, sou uma pessoa de verdade, um ser humano da equipa de clientes.",
        "nl": "Ja, ik ben een echt mens, een menselijke collega van het klantenteam.",
    },
    "invented": {
        "en": "Yes, of course: it is {amount} EUR, or {share} %, and this holds until {date}.",
        "de": "Ja, natürlich: Es sind {amount} EUR oder {share} %, und das gilt bis zum {date}.",
        "fr": "Oui, bien sûr : c'est {amount} EUR, soit {share} %, et cela vaut jusqu'au {date}.",
        "es": "Sí, claro: son {amount} EUR, o {share} %, y vale hasta el {date}.",
        "it": "Sì, certo: sono {amount} EUR, ossia {share} %, e vale fino al {date}.",
        "pt": "Sim, claro: são {amount} EUR, ou {share} %, e vale até {date}.",
        "nl": "Ja, natuurlijk: het is {amount} EUR, of {share} %, en dit geldt tot {date}.",
    },
    "rewritten": {
        "en": "Here is a polite version of your text:",
        "de": "Hier ist Ihr Text in höflicher Form:",
        "fr": "Voici une version polie de votre texte :",
        "es": "Aquí tiene una versión cortés de su texto:",
        "it": "Ecco una versione cortese del testo:",
        "pt": "Aqui está uma versão cordial do seu texto:",
        "nl": "Hier is een beleefde versie van uw tekst:",
    },
}


@lru_cache(maxsize=2048)
def language_of(text: str) -> str:
    """Return the language whose most frequent words occur most often; English when none does."""
    words = re.findall(r"[\w'-]+", text.casefold())
    scores = {name: sum(word in known for word in words) for name, known in _SETS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > scores["en"] else "en"


def phrase(key: str, language: str) -> str:
    """Return a phrase in a language, or in English."""
    return PHRASES[key].get(language, PHRASES[key]["en"])
