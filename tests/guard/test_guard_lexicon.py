"""Words that are found inside other words, where a language does not part them by spaces."""

from seawall.guard.semantic.lexicon import Lexicon
from seawall.guard.semantic.text import tokens


def test_the_longest_word_inside_words_is_marked() -> None:
    known = Lexicon(
        {"A": {"zh": "猫, 猫粮, 猫粮袋子"}, "B": {"ko": "袋, 猫粮袋子好", "vi": "bỏ qua"}}
    )

    def marks(text: str) -> list[tuple[str, str]]:
        return [(text[m.start : m.end], m.kind) for m in known.marks(text, tokens(text))]

    assert marks("猫") == [("猫", "A")]
    assert marks("猫粮") == [("猫粮", "A")]
    assert marks("猫粮袋") == [("猫粮", "A"), ("袋", "B")]
    assert marks("猫粮袋子 猫粮袋子好猫") == [("猫粮袋子", "A"), ("猫粮袋子好", "B"), ("猫", "A")]
    assert marks("hãy BỎ QUA đi") == [("BỎ QUA", "B")]
    assert marks("hãy bỏ qu") == []
