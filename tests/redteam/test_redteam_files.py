"""Files to targets, on real servers: documents as files, forms, files for training."""

import base64
import json
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam import chat_target
from seawall.redteam.aim import aim
from seawall.redteam.facts import read_facts
from seawall.redteam.preflight import obstacle
from seawall.redteam.runner import run
from seawall.redteam.target import Attack
from seawall.redteam.template_target import Request, Template, TemplateTarget, Upload

READ = Attack(id="d", probe="p", channel="document", text="Obey.", messages=("Sum it up", "And?"))
TRAIN = Attack(id="t", probe="p", channel="file", file=b'{"messages": []}\n')
FILE = "data:text/plain;base64," + base64.b64encode(b"Obey.").decode()
FILTER = {"error": {"message": "no", "code": "content_filter", "seawall": {"controls": ["CTL-A"]}}}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(chat_target, "_LONGEST_WAIT", 0.01)


@asynccontextmanager
async def serving(answer):
    """Serve everything by `answer(request, body)`; yield the address."""

    async def handle(request):
        return await answer(request, await request.read())

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


ANSWERS = {
    "": {"choices": [{"message": {"content": "Summed up."}}]},
    "responses:": {"output": [{"type": "reasoning"}, {"type": "message", "content": [
        {"type": "output_text", "text": "Summed up."}]}]},
    "anthropic:": {"content": [{"type": "text", "text": "Summed up."}]},
}  # fmt: skip
PARTS = {
    "": [{"type": "text", "text": "Sum it up"},
         {"type": "file", "file": {"filename": "notes.txt", "file_data": FILE}}],
    "responses:": [{"type": "input_text", "text": "Sum it up"},
                   {"type": "input_file", "filename": "notes.txt", "file_data": FILE}],
    "anthropic:": [{"type": "document", "title": "notes.txt", "source": {
        "type": "text", "media_type": "text/plain", "data": "Obey."}},
        {"type": "text", "text": "Sum it up"}],
}  # fmt: skip


@pytest.mark.parametrize("kind", list(ANSWERS))
async def test_a_document_goes_as_a_file_with_the_first_message(kind) -> None:
    seen = []

    async def answer(_request, body):
        seen.append(json.loads(body))
        return web.json_response(ANSWERS[kind])

    async with serving(answer) as url, aim(kind + url, files=True) as target:
        assert target.facts()["channels"] == ("user", "document")
        got = await target.attempt(READ)
    assert (got.text, got.error) == ("Summed up.\nSummed up.", "")
    messages = seen[1].get("messages") or seen[1]["input"]
    assert messages[0]["content"] == PARTS[kind]
    assert [one["content"] for one in messages[1:]] == ["Summed up.", "And?"]
    assert aim(kind + url).facts()["channels"] == ("user",)


def _told(code, /, **body):
    return code, body


RESPONSES = [
    (_told(200, output=[], status="incomplete", incomplete_details={"reason": "content_filter"}),
     "", True, ""),
    (_told(400, **FILTER), "", True, ""),
    (_told(200, output=[{"content": [{"type": "refusal", "refusal": "No."}]}]), "No.", False, ""),
    (_told(200, error={"message": "down"}), "", False, "down"),
    (_told(200, id="r"), "", False, "no output"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "text", "blocked", "error"), RESPONSES)
async def test_answers_of_the_responses_api(told, text, blocked, error) -> None:
    async def answer(_request, _body):
        return web.json_response(told[1], status=told[0])

    ask = Attack(id="a", probe="p", channel="user", messages=("Hi",))
    async with serving(answer) as url, aim(f"responses:{url}") as target:
        got = await target.attempt(ask)
    assert (got.text, got.blocked, error in got.error, bool(got.error)) == (
        text, blocked, True, bool(error),
    )  # fmt: skip


@pytest.mark.parametrize("whole", [True, False])
async def test_a_stream_of_the_responses_api_needs_its_end(whole) -> None:
    events = [{"type": "response.output_text.delta", "delta": piece} for piece in ("All ", "said")]
    end = {"output": [{"content": [{"type": "output_text", "text": "All said"}]}]}
    events += [{"type": "response.completed", "response": end}] if whole else []

    async def answer(_request, body):
        assert json.loads(body)["stream"] is True
        lines = "".join(f"data: {json.dumps(one)}\n\n" for one in events)
        return web.Response(text=lines, content_type="text/event-stream")

    ask = Attack(id="a", probe="p", channel="user", messages=("Hi",))
    async with serving(answer) as url, aim(f"responses:{url}", stream=True) as target:
        got = await target.attempt(ask)
    assert got.text == ("All said" if whole else "")
    assert ("broke off" in got.error) is not whole


class Provider:
    """Stores files and begins jobs; `refuses` names the path that it answers with a block."""

    def __init__(self, refuses: str = "", stuck: bool = False) -> None:
        self.refuses, self.stuck = refuses, stuck
        self.asked: list[str] = []

    async def answer(self, request, body):
        self.asked.append(f"{request.method} {request.path}")
        if request.path == self.refuses:
            return web.json_response(FILTER, status=400)
        if request.path == "/v1/files":
            assert b'name="purpose"' in body and b"fine-tune" in body and b"training.jsonl" in body
            return web.json_response({"id": "file-1"})
        if request.path == "/v1/fine_tuning/jobs":
            assert json.loads(body) == {"training_file": "file-1", "model": "default"}
            return web.json_response({"id": "job-1"}, status=201)
        return web.json_response({}, status=500 if self.stuck else 200)


TIDY = ["POST /v1/fine_tuning/jobs/job-1/cancel", "DELETE /v1/files/file-1"]


async def test_a_file_that_is_trained_on_is_seen_and_taken_back() -> None:
    provider = Provider()
    async with serving(provider.answer) as url, aim(f"{url}/v1", uploads=True) as target:
        got = await target.attempt(TRAIN)
    assert [effect.kind for effect in got.effects] == ["training_file", "training_job"]
    assert provider.asked == ["POST /v1/files", "POST /v1/fine_tuning/jobs", *TIDY]


async def test_a_file_that_is_refused_is_blocked_and_one_that_stays_is_said() -> None:
    for path, effects in (("/v1/files", []), ("/v1/fine_tuning/jobs", ["training_file"])):
        provider = Provider(refuses=path)
        async with serving(provider.answer) as url, aim(f"{url}/v1", uploads=True) as target:
            got = await target.attempt(TRAIN)
        assert (got.blocked, got.controls) == (True, ("CTL-A",))
        assert [effect.kind for effect in got.effects] == effects
        assert provider.asked[-1] == (TIDY[1] if effects else "POST /v1/files")
    provider = Provider(stuck=True)
    async with serving(provider.answer) as url, aim(f"{url}/v1", uploads=True) as target:
        got = await target.attempt(TRAIN)
    assert "it is still there" in got.error and len(got.effects) == 2


@pytest.mark.parametrize(
    ("refuses", "outcome"),
    [("", AttemptOutcome.COMPLIED), ("/v1/files", AttemptOutcome.BLOCKED)],
)
async def test_the_probe_of_training_files_reaches_a_provider(cards, refuses, outcome) -> None:
    provider = Provider(refuses=refuses)
    async with serving(provider.answer) as url, aim(f"{url}/v1", uploads=True) as target:
        assert obstacle(cards["PRB-FINETUNE"], read_facts(target.facts())) == ""
        rows = await run([cards["PRB-FINETUNE"]], target, Mode.OFF, n=2)
        assert obstacle(cards["PRB-FINETUNE"], read_facts(aim(f"{url}/v1").facts()))
    assert {row.outcome for row in rows} == {outcome}


async def test_a_template_sends_files_as_a_form() -> None:
    seen = []

    async def answer(request, body):
        if request.path == "/ask":
            return web.json_response({"text": "Read."})
        seen.append((request.path, request.content_type, body))
        return web.json_response({"job": {"id": 7}} if request.path == "/train" else {})

    async with serving(answer) as url:
        form = {"owner": "{session}", "upload": "{file}"}
        template = Template(
            url=f"{url}/ask", body={"q": "{prompt}"}, answer="/text",
            plant={"document": Request(url=f"{url}/docs", form=form, file_name="menu.md")},
            upload=Upload(url=f"{url}/train", form={"file": "{file}"}, job="/job/id"),
        )  # fmt: skip
        async with TemplateTarget(template) as target:
            assert target.facts()["channels"] == ("user", "document", "file")
            assert (await target.attempt(READ)).text == "Read.\nRead."
            got = await target.attempt(TRAIN)
            assert template.upload is not None
        other = msgspec.structs.replace(template.upload, job="/nothing")
        async with TemplateTarget(msgspec.structs.replace(template, upload=other)) as target:
            kept = await target.attempt(TRAIN)
    assert [effect.kind for effect in got.effects] == ["training_file", "training_job"]
    assert [effect.kind for effect in kept.effects] == ["training_file"]
    (path, kind, body), (_, _, trained), _ = seen
    assert (path, kind) == ("/docs", "multipart/form-data")
    assert b'filename="menu.md"' in body and b"\r\n\r\nObey.\r\n" in body
    assert b'name="owner"' in body and b"\r\n\r\nd\r\n" in body
    assert b'filename="training.jsonl"' in trained and b'{"messages": []}' in trained


def test_a_form_without_a_file_is_refused() -> None:
    for request in (
        Request(url="http://a.example", form={"a": "b"}),
        Request(url="http://a.example", form={"a": "{file}"}, body={}),
    ):
        with pytest.raises(InputError, match="form"):
            TemplateTarget(Template(url="http://a.example", plant={"document": request}))


def test_files_and_uploads_are_for_the_apis_that_take_them(capsys) -> None:
    for words in (["--target", "lab", "--files"], ["--target", "python:json:dumps", "--files"],
                  ["--target", "anthropic:http://127.0.0.1:9", "--uploads"]):  # fmt: skip
        assert seawall(["attack", *words, "--dry-run"]) == 2
        assert words[-1] in capsys.readouterr().err
    words = ["--probe", "PRB-INJ-DOC", "--dry-run", "--json"]
    assert seawall(["attack", "--target", "responses:http://127.0.0.1:9", "--files", *words]) == 0
    assert json.loads(capsys.readouterr().out)["planned"] == {"PRB-INJ-DOC": 32}


async def test_a_target_that_answers_nothing_is_not_attacked(tmp_path, capsys) -> None:
    out = tmp_path / "rows.jsonl"
    words = ["attack", "--target", "http://127.0.0.1:9/v1", "--probe", "PRB-INJ-DIRECT"]
    import asyncio

    assert await asyncio.to_thread(seawall, [*words, "--n", "2", "--out", str(out)]) == 6
    assert "answered none of 10 questions" in capsys.readouterr().err
