"""Names of models, and who runs them."""

import re

# A whole string that is a model's name, with or without the prefix of its provider.
_NAME = re.compile(
    r"(?:[a-z0-9_.-]{2,30}[/:])?(?:"
    r"(?:chat)?gpt-(?:3\.5|4|4o|4\.1|4\.5|5)[a-z0-9.:-]{0,40}|o[134](?:-(?:mini|pro|preview)[a-z0-9-]{0,20})?"
    r"|(?:us\.|eu\.)?(?:anthropic\.)?claude-[a-z0-9][a-z0-9.:@-]{1,50}"
    r"|gemini-[a-z0-9][a-z0-9.-]{1,40}|gemma-?\d[a-z0-9.:-]{0,30}"
    r"|(?:open-)?(?:mistral|mixtral|ministral|codestral|pixtral|magistral)-[a-z0-9][a-z0-9.:-]{1,40}"
    r"|(?:cohere\.)?command-[ar][a-z0-9.+-]{0,30}|(?:meta\.)?llama-?[234][a-z0-9.:-]{0,40}"
    r"|qwen-?[1-9][a-z0-9.:-]{0,30}|deepseek-(?:chat|coder|reasoner|v\d|r\d)[a-z0-9.:-]{0,30}"
    r"|grok-\d[a-z0-9.-]{0,20}|phi-?[234][a-z0-9.:-]{0,30}|amazon\.(?:titan|nova)-[a-z0-9.:-]{1,40}"
    r"|text-embedding-[a-z0-9-]{1,30}|dall-e-[23]|gpt-image-\d|whisper-1|tts-1(?:-hd)?|sora-\d"
    r")",
    re.IGNORECASE,
)
_ALIASES = re.compile(r"(?:latest|stable|default)\Z", re.IGNORECASE)
VENDOR, CLOUD, OWN = "vendor_api", "cloud_hosted", "self_hosted"
_PREFIXES = {
    "ollama": OWN, "ollama_chat": OWN, "vllm": OWN, "hosted_vllm": OWN, "llamafile": OWN,
    "bedrock": CLOUD, "azure": CLOUD, "azure_ai": CLOUD, "vertex_ai": CLOUD, "sagemaker": CLOUD,
    "openai": VENDOR, "anthropic": VENDOR, "gemini": VENDOR, "mistral": VENDOR, "cohere": VENDOR,
    "groq": VENDOR, "together_ai": VENDOR, "openrouter": VENDOR, "fireworks_ai": VENDOR,
    "deepseek": VENDOR, "xai": VENDOR, "google": VENDOR,
}  # fmt: skip
LOCAL = re.compile(
    r"https?://(?:localhost|127\.|0\.0\.0\.0|\[::1\]|10\.|192\.168\.|host\.docker\.internal"
    r"|[a-z0-9-]+:\d)", re.IGNORECASE,
)  # fmt: skip


def is_model(text: str) -> bool:
    """Return whether a whole string is the name of a model that is publicly known."""
    if "/" not in text and text != text.lower():
        return False  # a label for people
    return len(text) <= 100 and _NAME.fullmatch(text) is not None


def moving(name: str) -> bool:
    """Return whether a name stands for another version tomorrow."""
    return _ALIASES.search(name) is not None


def hosting_of(name: str) -> str:
    """Return where a model with a provider's prefix runs, "" where the prefix does not say."""
    prefix = re.split(r"[/:]", name, maxsplit=1)[0].casefold()
    return _PREFIXES.get(prefix, "") if prefix != name.casefold() else ""


# The end of a provider's address, or its host -> where the model runs.
_ADDRESSES = (
    (re.compile(r"https?://(?:api\.)?[\w.-]*\.openai\.azure\.com|bedrock-runtime\.|aiplatform\.googleapis"), CLOUD),
    (re.compile(r"//(?:localhost|127\.0\.0\.1):11434|/api/(?:generate|chat)\Z"), OWN),
    (re.compile(r"//api\.(?:openai|anthropic|mistral|cohere|groq|together|deepseek|x|perplexity)\.[a-z]+"
                r"|//generativelanguage\.googleapis|//openrouter\.ai/api|//api-inference\.huggingface"), VENDOR),
    (re.compile(r"/chat/completions\Z|/v1/(?:responses|messages)\Z"), ""),
)  # fmt: skip


def address_of(text: str) -> str | None:
    """Return where the model behind an address runs ("" unknown), None for no model's address."""
    if not 5 < len(text) <= 300 or "/" not in text:
        return None
    return next((place for found, place in _ADDRESSES if found.search(text)), None)
