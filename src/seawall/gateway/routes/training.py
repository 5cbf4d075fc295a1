"""Training data and fine-tuning jobs: only checked examples reach the provider."""

import asyncio
from typing import Any

from seawall.core.errors import RequestError
from seawall.core.exchange import Caller
from seawall.core.verdicts import Outcome
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.reservations import nanos_of
from seawall.gateway.routes import credit
from seawall.gateway.routes.credit import Credit, Paid
from seawall.gateway.routes.direct import inspect
from seawall.gateway.routes.kept import Keeper, caller_of, exchange_of
from seawall.gateway.routes.objects import ObjectRoute, Operation
from seawall.gateway.routes.training_judge import TrainingJudge, exchange_of_file
from seawall.gateway.routes.training_report import refuse
from seawall.gateway.routes.uploads import digest
from seawall.gateway.steps.allowed import require_model
from seawall.gateway.steps.guard import apply_edits
from seawall.gateway.steps.lineage import holder_of
from seawall.gateway.steps.parse import upstream_of
from seawall.gateway.tokens import most_tokens
from seawall.store.objects import StoredObject
from seawall.store.training import TrainingFile, find_file, may_train, record_file
from seawall.wire import openai_files, shapes, strict_json
from seawall.wire import openai_objects as objects
from seawall.wire.direct import said

_JOBS = "/fine_tuning/jobs"
_ONE = _JOBS + "/{job}"
_ENDS = ("succeeded", "failed", "cancelled")
JOBS = (
    Operation(method="POST", path=_JOBS, answer=objects.JOB, makes="job"),
    Operation(method="GET", path=_JOBS, answer=objects.JOB, pages="job"),
    Operation(method="GET", path=_ONE, answer=objects.JOB),
    *(
        Operation(method="POST", path=f"{_ONE}/{verb}", body=objects.NOTHING, answer=objects.JOB)
        for verb in ("cancel", "pause", "resume")
    ),
    Operation(method="GET", path=f"{_ONE}/events", answer=objects.EVENTS, query=("limit",)),
)


class TrainingData:
    """Judges training files: every example is inspected, then the file is written anew."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._judge = TrainingJudge(
            parts.runner, parts.settings, lambda: parts.opt_outs.load(parts.policy.application)
        )

    async def judge(self, call: Call, data: bytes) -> tuple[bytes, dict[str, Any]]:
        """Return the file as it may go on, and its size in tokens and lines.

        Raises BlockedError that names lines and controls.
        """
        key = caller_of(call)
        exchange = await exchange_of_file(data, call.request_id)
        exchange.caller = Caller(
            key_id=key.key_id, application=key.application, function=key.function
        )
        call.exchange = exchange
        judged = await self._judge(exchange, call.note, call.stop)
        if judged.report.lines:
            refuse(call, judged.report)
        info = {"tokens": await asyncio.to_thread(most_tokens, exchange),
                "lines": len(exchange.body)}  # fmt: skip
        apply_edits(exchange, judged.edits)
        return await asyncio.to_thread(openai_files.render_file, exchange), info

    async def remember(self, call: Call, file_id: str, data: bytes) -> None:
        """Record that a file was checked, under the id that the client knows."""
        key = caller_of(call)
        call.details = {"lines_total": data.count(b"\n")}
        await asyncio.to_thread(
            record_file,
            self._p.store,
            TrainingFile(
                file_id=file_id,
                sha256=digest(data),
                application=key.application,
                function=key.function,
                result=Outcome.CLEAN,
                controls=tuple(sorted(call.fired)),
            ),
        )


class JobCredit(Credit):
    """Settles a job with the tokens that it trained; one that failed without any cost nothing."""

    async def used(self, call: Call, shown: dict[str, Any], paid: Paid) -> tuple[int, int] | None:
        """Return (tokens, billionths) of an ended job; None when nobody can know."""
        trained, status = shown.get("trained_tokens"), shown.get("status")
        if trained is None and status == "failed":
            trained = 0
        price = self._keeper.upstream.models.get(paid.models[0])
        each = price.training_per_million if price is not None else None
        if status not in _ENDS or trained is None or each is None:
            return None
        return trained, nanos_of(each * trained / 1_000_000)


class FineTuning(ObjectRoute):
    """The routes of jobs; a new one takes only files that were checked for this function.

    It is paid in advance, as its epochs may cost at most.
    """

    def __init__(self, parts: Parts, keeper: Keeper, surface: str, operations: Any) -> None:
        super().__init__(parts, keeper, surface, operations)
        self._credit = JobCredit(keeper)

    async def reserve(self, call: Call, operation: Operation) -> None:
        """Hold room for a request; a job holds room for its epochs."""
        if operation.makes != "job":
            await super().reserve(call, operation)

    async def do(
        self, call: Call, operation: Operation, found: list[StoredObject], raw: bytes, query: str
    ) -> dict[str, Any]:
        """Return the answer. Raises RequestError 404 for a model or a file nobody checked."""
        if operation.makes != "job":
            value = await super().do(call, operation, found, raw, query)
            if operation.answer is objects.EVENTS:
                return value
            await self._credit(call, found[-1], value)
            return _whole(value)
        p = self.p
        job = openai_files.parse_job(raw)
        model = job["model"]
        p.kill.model(model)
        upstream_of(p.policy, model)
        require_model(p.policy, caller_of(call), model)
        if model not in self.keeper.upstream.models:
            raise RequestError(
                "Training files are kept at a provider that lacks this model.",
                code="model_not_found",
                status=404,
                param="/model",
            )
        price = self.keeper.upstream.models[model]
        if price.training_per_million is None:
            raise _unpriced(model)
        sent, files = await self._inspected(call, job), dict[str, StoredObject]()
        for field in ("training_file", "validation_file"):
            if field in job:
                files[field] = await self._checked(call, job[field], field)
                sent[field] = files[field].provider_id
        call.details = {"training_file": job["training_file"]}
        sent["model"] = price.upstream_model or model
        tokens = _most_trained(job, files["training_file"])
        cost = price.training_per_million * tokens / 1_000_000
        body = strict_json.dumps(sent)
        answer = await credit.made(self.keeper, call, _JOBS, body, tokens, cost)
        info = {"shown": {"model": model}, **credit.noted(call, [model])}
        return _whole(
            await self.keeper.answer(call, answer, objects.JOB, makes="job", info=info)
            | info["shown"]
        )

    async def _inspected(self, call: Call, job: dict[str, Any]) -> dict[str, Any]:
        """Return the job with its texts inspected. Raises BlockedError."""
        parts = [said("key:/suffix", job["suffix"])] if "suffix" in job else []
        if "metadata" in job:
            shape = shapes.obj({"metadata": shapes.labels})
            only = {"metadata": job["metadata"]}
            _, more = shapes.read(only, shape, lambda kind, value, at: None, request=True)
            parts += more
        exchange = exchange_of(call, {**job}, parts)
        await inspect(self.p, call, exchange)
        return exchange.body

    async def _checked(self, call: Call, file_id: str, field: str) -> StoredObject:
        """Return a checked file. Raises RequestError 404."""
        holder, store = holder_of(call), self.p.store
        found = await asyncio.to_thread(find_file, store, file_id, holder.application)
        kept = await asyncio.to_thread(self.keeper.objects.find, holder, "file", file_id)
        if kept is None or not may_train([found]):
            raise RequestError(
                "No file of that id was checked by this gateway for this function.",
                code="file_not_checked",
                status=404,
                param=f"/{field}",
                hint="Upload it with POST /v1/files (purpose fine-tune) first.",
            )
        return kept


def _unpriced(model: str) -> RequestError:
    return RequestError(
        f"The policy has no price for training the model {model!r}, so its cost cannot be limited.",
        code="model_unpriced", param="/model",
        hint="Add training_per_million to the model's price.",
    )  # fmt: skip


def _most_trained(job: dict[str, Any], file: StoredObject) -> int:
    """Return the most tokens that a job trains with: those of its file, each epoch anew."""
    tokens = file.info.get("tokens", file.info["bytes"])
    return int(tokens * openai_files.most_epochs(job, file.info.get("lines", 1)))


def _whole(value: dict[str, Any]) -> dict[str, Any]:
    """Return a job with every field that the official client expects."""
    return {
        "finished_at": None, "fine_tuned_model": None, "validation_file": None,
        "trained_tokens": None, "error": None, "organization_id": "", "hyperparameters": {},
        "result_files": [], **value,
    }  # fmt: skip
