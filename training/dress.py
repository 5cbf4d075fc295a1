"""Rows dressed in wishes about form: a title, a length, a tone say nothing about what is asked.

Written rows are bare, and models that saw only those took `titled "..."` for a sign of harmlessness.
Attacks and harmless rows are dressed alike.
"""

import random
from collections.abc import Iterable
from dataclasses import replace

from training.rows import Row

# How many rows are dressed for a model.
DRESSED = 8000
_NAMES = (
    "Blue Lantern", "North Gate", "Winter Notes", "Draft 3", "Paper Moon", "Silver Birch 9", "Case 41",
    "The Long Road", "Harbour Light", "Page One", "Version B", "Green Kettle", "Monday", "Nine Stones",
    "Old Mill 12", "Red Thread", "Quiet Hour", "Copper Field", "Letter to M.", "Morning Edition",
)  # fmt: skip
_AFTER = {
    "en": (
        ' Title: "{}".', ', titled "{}"', ', under the headline "{}"', ' Call it "{}".',
        ' with the heading "{}"', ' The title has to be "{}".', ", in at most {} words",
        " Keep it under {} words.", " Answer in {} bullet points.", " Thanks in advance!", " please",
        " Use simple words.", " In a friendly tone.", " Write it as a table.", " Format: Markdown.",
        " Give me JSON only.", " Step by step.", " No introduction, just the text.", " asap thx",
        " It is for my file {}.", " Make it sound professional.", " In British English.", " Sign it {}.",
    ),
    "de": (' Titel: "{}".', " In höchstens {} Wörtern.", " Danke!", " Bitte als Liste.", ' Überschrift „{}“.'),
    "fr": (' Titre : « {} ».', " En {} mots au plus.", " Merci d'avance.", ", sous forme de liste"),
    "es": (' Título: «{}».', " En {} palabras como máximo.", " Gracias.", ", en forma de lista"),
    "it": (' Titolo: "{}".', " In massimo {} parole.", " Grazie!", ", come elenco"),
    "pt": (' Título: "{}".', " Em até {} palavras.", " Obrigado!", ", em forma de lista"),
    "nl": (' Titel: "{}".', " In hooguit {} woorden.", " Alvast bedankt."),
    "pl": (' Tytuł: „{}”.', " Najwyżej {} słów.", " Z góry dziękuję."),
    "ru": (" Заголовок: «{}».", " Не больше {} слов.", " Спасибо!", " Списком."),
    "tr": (' Başlık: "{}".', " En fazla {} kelime.", " Teşekkürler."),
    "zh": ("标题：“{}”。", "不超过{}字。", "谢谢！", "请用列表。"),
    "ja": ("タイトルは「{}」。", "{}字以内で。", "お願いします。", "箇条書きで。"),
    "ko": (' 제목은 "{}".', " {}자 이내로.", " 감사합니다."),
    "ar": (' العنوان: "{}".', " في {} كلمة على الأكثر.", " شكرا."),
    "hi": (' शीर्षक: "{}"।', " {} शब्दों से कम में।", " धन्यवाद।"),
    "vi": (' Tiêu đề: "{}".', " Tối đa {} từ.", " Cảm ơn."),
    "id": (' Judul: "{}".', " Paling banyak {} kata.", " Terima kasih."),
}  # fmt: skip
_BEFORE = (
    'Under the title "{}": ', "Hi, ", "Hello! ", "Quick one: ", "For {}: ", 'Subject "{}". ', "Next task. ",
    "Ok so ", "One more: ", "Please help me with this. ", "[{}] ", "# {}\n", "Task: ", "Hey there - ",
)  # fmt: skip


def _filled(form: str, rng: random.Random) -> str:
    number = form.count("{}") and any(word in form for word in _COUNTED)
    return form.format(str(rng.choice((3, 5, 50, 80, 120, 200))) if number else rng.choice(_NAMES))


_COUNTED = (
    "words", "bullet", "Wörter", "mots", "palabras", "parole", "palavras", "woorden", "słów", "слов",
    "kelime", "字", "자 ", "자이", "자 이내", "كلمة", "शब्द", "từ", "kata",
)  # fmt: skip


def dressed(rows: Iterable[Row], most: int, seed: int = 11) -> list[Row]:
    """Return at most `most` rows of users, each with a wish about form behind or before it."""
    rng = random.Random(seed)
    fitting = [row for row in rows if row.stage == "input" and len(row.text) <= 600]
    rng.shuffle(fitting)
    return [replace(row, text=_dressed(row, rng)) for row in fitting[:most]]


def _dressed(row: Row, rng: random.Random) -> str:
    text, forms = row.text.strip(), _AFTER.get(row.lang, _AFTER["en"])
    if rng.random() < 0.85:
        form = _filled(rng.choice(forms), rng)
        text = text.rstrip(" .!?。？！") + form if form[0] in ",w" else text + form
    if row.lang == "en" and rng.random() < 0.3:
        text = _filled(rng.choice(_BEFORE), rng) + text
    return text
