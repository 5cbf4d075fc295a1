"""OpenAI's older text completions: one prompt as a user message, answers as plain text."""

from collections.abc import Mapping
from typing import Any

from seawall.core.exchange import Exchange
from seawall.wire import azure, checks, strict_json
from seawall.wire.formats import OpenAIChunks, ParseOptions, exchange_of_chat

_SAME = frozenset(
    {
        "frequency_penalty", "logit_bias", "max_tokens", "model", "n", "presence_penalty",
        "seed", "stop", "stream", "stream_options", "temperature", "top_p", "user",
    }
)  # fmt: skip
_TOKENS = "Send text: tokens cannot be inspected."
_REFUSED = {
    "logprobs": checks.refused("Token alternatives would carry text past the guard."),
    "suffix": checks.refused("Say in the prompt what shall stand around the answer."),
}


class OpenAICompletions:
    """Text completions as a client format."""

    surface = "completions"

    def accept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers as they are."""
        return headers

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError."""
        value = checks.obj(strict_json.loads(body, max_bytes=options.max_bytes), "")
        azure.put_model(value, options.deployment)
        checks.known(value, "", {*_SAME, *_REFUSED, "best_of", "echo", "prompt"})
        checks.each(value, "", _REFUSED)
        if value.get("echo", False) is not False:
            checks.unsupported("/echo", "Only false.")
        if value.get("best_of", 1) != 1 or isinstance(value.get("best_of"), bool):
            checks.unsupported("/best_of", "Only 1: every answer that costs is shown.")
        prompt, at = _prompt(checks.need(value, "", "prompt"))
        chat = {key: value[key] for key in _SAME if key in value}
        chat["messages"] = [{"role": "user", "content": prompt}]
        where = {"/messages": "/prompt", "/messages/0/content": at}
        exchange = exchange_of_chat(chat, options, where)
        exchange.places = where
        return exchange

    def whole(self, completion: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Return a chat completion as a text completion."""
        return _plain(completion, "message")

    def stream(self, exchange: Exchange) -> "TextChunks":
        """Return the writer of text chunks."""
        options = exchange.body.get("stream_options") or {}
        return TextChunks(usage=bool(options.get("include_usage")))

    def error(self, body: dict[str, Any], status: int) -> dict[str, Any]:
        """Return the error as it is."""
        return body


class TextChunks(OpenAIChunks):
    """Text completion chunks as server-sent events."""

    def chunk(self, chunk: dict[str, Any]) -> bytes:
        """Return the chunk as one event."""
        return super().chunk(_plain(chunk, "delta"))


def _prompt(value: Any) -> tuple[str, str]:
    """Return the prompt and its pointer. Raises RequestError for tokens and several prompts."""
    if isinstance(value, str):
        return value, "/prompt"
    prompts = checks.array(value, "/prompt", low=1)
    if not isinstance(prompts[0], str):
        checks.unsupported("/prompt/0", _TOKENS)
    if len(prompts) > 1:
        checks.unsupported("/prompt/1", "Send one prompt a request.")
    return prompts[0], "/prompt/0"


def _plain(value: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a chat object with its choices' `message` or `delta` as `text`."""
    choices = []
    for choice in value["choices"]:
        said = choice[key]
        text = (said.get("content") or "") + (said.get("refusal") or "")
        kept = {key: choice[key] for key in ("finish_reason", "stop_reason") if key in choice}
        choices.append({"index": choice["index"], "text": text, "logprobs": None, **kept})
    name = value["id"].replace("chatcmpl-", "cmpl-", 1)
    return {**value, "id": name, "object": "text_completion", "choices": choices}
