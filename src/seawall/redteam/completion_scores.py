"""Log-probabilities from an OpenAI-compatible completions endpoint that echoes its prompt."""

import aiohttp
import msgspec

from seawall.core.bearer import bearer
from seawall.core.errors import InputError
from seawall.redteam.session import HttpSession, read_whole

_MAX_ANSWER = 4_000_000
_HINT = "It needs `echo` and `logprobs` of /v1/completions, as vLLM and llama.cpp serve them."


class CompletionScores(HttpSession):
    """Asks `<base_url>/completions` with echo. Use as an async context manager."""

    def __init__(self, base_url: str, model: str, *, key: str = "") -> None:
        self._url, self._model = base_url.rstrip("/") + "/completions", model
        self._headers = bearer(key)
        super().__init__(aiohttp.ClientTimeout(total=60), cookies=False)

    async def after(self, start: str, rest: str) -> float:
        """Return log p(rest | start) in nats: the sum over the tokens that begin in `rest`.

        Raises InputError where the endpoint does not tell it.
        """
        body = {"model": self._model, "prompt": start + rest, "max_tokens": 1, "temperature": 0,
                "echo": True, "logprobs": 1}  # fmt: skip
        try:
            async with self.session.post(self._url, json=body, headers=self._headers) as answer:
                data = await read_whole(answer, _MAX_ANSWER)
            if answer.status != 200:
                raise InputError(f"Status {answer.status} from {self._url}.", hint=_HINT)
            told = msgspec.json.decode(data)["choices"][0]["logprobs"]
            pairs = list(zip(told["text_offset"], told["token_logprobs"], strict=True))
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{self._url} tells no log-probabilities: {type(error).__name__}.", hint=_HINT
            ) from None
        # The one token that was added lies behind the prompt and is no part of it.
        own = [value for at, value in pairs if len(start) <= at < len(start) + len(rest)]
        if not own or None in own:
            raise InputError(f"{self._url} does not score the prompt.", hint=_HINT)
        return float(sum(own))
