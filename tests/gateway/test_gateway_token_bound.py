"""What is reserved for a prompt is more than today's vocabularies make of it."""

import base64
import random
import string
from pathlib import Path

import openai
import pytest
from gateway_support import POLICY, Provider, gateway_of

from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.gateway.tokens import DearKeys, most_of, most_tokens
from seawall.policy.load import decode_policy

_PROSE = (
    "A gateway stands between the application and the provider. It reads what is asked, decides "
    "whether that may go on, and keeps a record of what was decided. When the answer comes back, "
    "it is read in the same way, and what must not be seen is taken out before anybody sees it. "
)
# The most tokens a byte that cl100k, o200k, and the vocabularies of Qwen, DeepSeek, Mistral (2024)
# and Claude 2 made of 3,000 to 8,000 such characters; the figures of decision record 25.
_DENSEST = {
    "digits": (string.digits, 1.0),
    "base64": (string.ascii_letters + string.digits + "+/", 0.77),
    "hex": ("0123456789abcdef", 0.90),
    "punctuation": (string.punctuation, 0.70),
    "letters": (string.ascii_lowercase, 0.57),
    "consonants": ("bcdfghklmnprst", 0.58),
    "bases": ("acgt", 0.53),
    "capitals": (string.ascii_uppercase, 0.66),
    "white space": (" \t\n\r", 0.73),
    "han": ("".join(map(chr, range(0x4E00, 0xA000))), 0.79),
    "hangul": ("".join(map(chr, range(0xAC00, 0xD7A4))), 0.86),
    "emoji": ("".join(map(chr, range(0x1F300, 0x1F700))), 0.995),
    "cyrillic": ("".join(map(chr, range(0x410, 0x450))), 0.66),
    "arabic": ("".join(map(chr, range(0x620, 0x64B))), 0.71),
    "hieroglyphs": ("".join(map(chr, range(0x13000, 0x13430))), 0.997),
}


@pytest.mark.parametrize("kind", _DENSEST)
def test_no_class_of_characters_costs_more_than_is_reserved(kind: str) -> None:
    alphabet, densest = _DENSEST[kind]
    text = "".join(random.Random(kind).choices(alphabet, k=4_000))
    size = len(text.encode())
    assert densest * size <= most_of(text) <= size


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("1 2 3 4 ", 8), ("  1  2  3", 9), (" \n \n", 4), ("i e a o ", 4), ("a1b2c3", 6), ("\t\t", 2),
     ("; : . ", 3), ("", 0), ("\ud800", 3)],
)  # fmt: skip
def test_what_stands_alone_is_a_token_of_its_own(text: str, tokens: int) -> None:
    assert most_of(text) >= tokens


def test_prose_is_reserved_with_what_it_costs_two_and_a_half_times() -> None:
    costs = 0.2 * len(_PROSE)  # 0.199 by o200k, 0.207 by Claude 2
    assert 2.2 * costs < most_of(_PROSE) < 2.8 * costs


def test_base64_costs_less_than_is_reserved_for_the_whole_prompt() -> None:
    data = base64.b64encode(random.Random(1).randbytes(30_000)).decode()
    part = Part(pointer="/messages/0/content", role=Role.USER, trust=Trust.USER,
                stage=Stage.INPUT, text=data)  # fmt: skip
    assert most_tokens(_exchange(part)) >= 0.77 * len(data)


def test_tools_and_schemas_are_counted_once_and_whole() -> None:
    told = "Returns the weather of a town. " * 20
    tool = {
        "name": "weather",
        "description": told,
        "parameters": {"type": "object", "properties": {f"f{n}": {} for n in range(50)}},
    }
    part = Part(pointer="/tools/0/function/description", role=Role.TOOL_DEFINITION,
                trust=Trust.OPERATOR, stage=Stage.TOOL_DEFINITION, text=told)  # fmt: skip
    plain = most_tokens(_exchange())
    schema = _exchange(part)
    schema.tools = {"weather": tool}
    once = most_tokens(schema) - plain
    assert most_of(told) + 50 * 8 < once < 1.9 * most_of(told) + 50 * 16 + 600
    schema.answer_schema = {"type": "object", "properties": {f"f{n}": {} for n in range(99)}}
    assert most_tokens(schema) > plain + once + 99 * 5


def test_a_picture_costs_less_than_is_reserved() -> None:
    picture = Part(pointer="/messages/0/content/0", role=Role.USER, trust=Trust.USER,
                   stage=Stage.INPUT, image=b"x")  # fmt: skip
    assert most_tokens(_exchange(picture)) >= 4_784  # 2,576 points a side, by patches of 28


def _exchange(*parts: Part) -> Exchange:
    return Exchange(request_id="r", surface=Surface.CHAT, model="m", body={}, parts=list(parts))


def test_a_key_that_cost_more_than_was_held_is_held_to_its_bytes() -> None:
    part = Part(pointer="/input", role=Role.USER, trust=Trust.USER, stage=Stage.INPUT,
                text="gc" * 500)  # fmt: skip
    dear, asked = DearKeys(), _exchange(part)
    dear.note("a", asked, 650, 650)
    dear.note("b", asked, 650, 1_000)
    dear.note("c", asked, 650, 5_000)  # more than its bytes: what the provider put before it
    assert [key in dear for key in "abc"] == [False, True, False]
    assert most_tokens(_exchange(part)) < 1_000 < most_tokens(_exchange(part), dear=True)


def test_digits_that_would_cost_more_than_the_limit_are_not_sent(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    policy = POLICY.replace("chat: {{", "chat: {{limits: {{tokens_per_day: 5000}}, ", 1)
    parsed = decode_policy(policy.format(upstream=provider.url, mode="error"), "test")
    with gateway_of(parsed, provider, tmp_path) as gate, pytest.raises(openai.APIStatusError):
        # A provider with a token for each digit would bill 4,900, and the answer's 500.
        gate.client().chat.completions.create(
            model="small", messages=[{"role": "user", "content": "12345 67890" * 446}]
        )
    assert provider.seen == []
