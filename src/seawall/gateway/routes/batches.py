"""Batches: only files that were judged line by line start one, and its answers are judged too."""

import asyncio
import time
from typing import Any

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Exchange
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.prices import cost_of
from seawall.gateway.routes import credit
from seawall.gateway.routes.batch_credit import BatchCredit
from seawall.gateway.routes.kept import Keeper, caller_of
from seawall.gateway.routes.objects import ObjectRoute, Operation
from seawall.gateway.routes.uploads import digest, options_of, own_words
from seawall.gateway.steps.allowed import require_model, require_tool_names
from seawall.gateway.steps.lineage import holder_of
from seawall.store.objects import StoredObject
from seawall.wire import openai_answer, openai_batches, strict_json
from seawall.wire import openai_objects as objects
from seawall.wire.openai_batches import Result

_ONE = "/batches/{batch}"
_FILES = ("/output_file_id", "/error_file_id")
BATCHES = (
    Operation(method="POST", path="/batches", body=objects.BATCH_MAKE, answer=objects.BATCH,
              makes="batch", adopts=_FILES),
    Operation(method="GET", path="/batches", answer=objects.BATCH, pages="batch", adopts=_FILES),
    Operation(method="GET", path=_ONE, answer=objects.BATCH, adopts=_FILES),
    Operation(method="POST", path=_ONE + "/cancel", body=objects.NOTHING, answer=objects.BATCH,
              adopts=_FILES),
)  # fmt: skip


class BatchRoute(ObjectRoute):
    """The routes of batches; a new one is paid in advance, as its lines may cost at most."""

    def __init__(self, parts: Parts, keeper: Keeper, surface: str, operations: Any) -> None:
        super().__init__(parts, keeper, surface, operations)
        self._credit = BatchCredit(keeper)

    async def reserve(self, call: Call, operation: Operation) -> None:
        """Hold room for a request; a batch holds room for all its lines."""
        if operation.makes != "batch":
            await super().reserve(call, operation)

    async def do(
        self, call: Call, operation: Operation, found: list[StoredObject], raw: bytes, query: str
    ) -> dict[str, Any]:
        """Return the answer; a new batch needs a file that was judged for its endpoint."""
        if operation.makes != "batch":
            shown = await super().do(call, operation, found, raw, query)
            await self._credit(call, found[-1], shown)
            return shown
        keeper = self.keeper
        value = await keeper.body(call, raw, objects.BATCH_MAKE)
        file = await asyncio.to_thread(
            keeper.objects.of_provider, holder_of(call), "file", value["input_file_id"]
        )
        if file is None or file.info.get("endpoint") != value["endpoint"]:
            raise _not_checked("Upload it with purpose batch.")
        self._require_allowed(call, file)
        tokens, cost = file.info["tokens"], self._cost(file)
        answer = await credit.made(
            keeper, call, operation.path, strict_json.dumps(value), tokens, cost
        )
        call.details = {"input_file": file.object_id, "lines_total": file.info["lines"]}
        info = {"input": file.object_id, **credit.noted(call, file.info["models"])}
        return await keeper.answer(
            call, answer, operation.answer, makes="batch", info=info, adopts=_FILES
        )

    def _require_allowed(self, call: Call, file: StoredObject) -> None:
        """Refuse what this key may not ask now: another one may have uploaded the file."""
        key = caller_of(call)
        for model in file.info["models"]:
            self.p.kill.model(model)
            if model not in self.keeper.upstream.models:
                raise RequestError(
                    f"The provider that keeps batches has the model {model!r} no more.",
                    code="model_not_found", status=404, param="/input_file_id",
                )  # fmt: skip
            require_model(self.p.policy, key, model, "/input_file_id")
        if key.tools and "tools" not in file.info:  # an older gateway judged it
            raise _not_checked("Upload it again: nobody noted which tools it offers.")
        require_tool_names(key, file.info.get("tools", ()), "/input_file_id")

    def _cost(self, file: StoredObject) -> float:
        """Return what a file may cost at most by the prices of today."""
        models, amounts = self.keeper.upstream.models, file.info.get("amounts")
        if amounts is None:  # of a file that an older gateway judged
            return float(file.info["cost"])
        return sum(cost_of(models[name], *tokens) for name, tokens in amounts.items())


def _not_checked(hint: str) -> RequestError:
    return RequestError(
        "The file was not judged as a batch for this endpoint.", code="file_not_checked",
        status=404, param="/input_file_id", hint=hint,
    )  # fmt: skip


class BatchResults:
    """Judges the answers of a batch by the requests that they answer."""

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._p = parts
        self._keeper = keeper

    async def __call__(self, call: Call, found: StoredObject, raw: bytes) -> bytes:
        """Return an output file, written anew from what may be released. Raises SeawallError."""
        asked = await self._requests(call, found)
        out = []
        for result in await asyncio.to_thread(openai_batches.results, raw):
            exchange = asked.get(result.custom_id)
            if exchange is None:
                raise UpstreamError("The provider's file answers what nobody asked.")
            with own_words(call, exchange.user):
                body = await self._body(call, exchange, result)
            out.append(openai_batches.answer_line(result, call.request_id, body))
        call.exchange = None
        return b"".join(out)

    async def _requests(self, call: Call, found: StoredObject) -> dict[str, Exchange]:
        """Return the requests of the batch: from its input file, as it was judged."""
        keeper = self._keeper
        batch = await keeper.find(call, "batch", found.info["batch"])
        file = await keeper.find(call, "file", batch.info["input"])
        data = await keeper.ask(call, "GET", f"/files/{file.provider_id}/content")
        if digest(data) != file.info["sha256"]:
            raise UpstreamError("The provider's input file is not the one that was judged.")
        options = options_of(self._p, call.request_id)
        lines = await asyncio.to_thread(openai_batches.parse, data, options)
        models = keeper.upstream.models
        ours = {price.upstream_model or name: name for name, price in models.items()}
        for line in lines:
            line.exchange.model = ours.get(line.exchange.model, line.exchange.model)
        return {line.custom_id: line.exchange for line in lines}

    async def _body(self, call: Call, exchange: Exchange, result: Result) -> dict[str, Any] | None:
        p = self._p
        if result.body is None:
            return None
        call.exchange = exchange
        shown = call.seawall(p.policy.disclosure.text)
        if "messages" not in exchange.body:
            return openai_batches.embeddings_body(result.body, exchange, shown)
        answer = openai_batches.chat_answer(result.body)
        if any(choice.index >= exchange.choices for choice in answer.choices):
            raise UpstreamError("The provider sent more choices than were asked for.")
        choices = await p.guard_output(call, exchange, answer.choices)
        value = openai_answer.completion(
            request_id=f"{call.request_id}-{result.custom_id}", created=int(time.time()),
            model=exchange.model, choices=choices, usage=answer.usage,
        )  # fmt: skip
        return {**value, "seawall": call.seawall(p.policy.disclosure.text)}
