# ruff: noqa: E501 - tables of sources
"""What Python code shows: calls, names, tools, prompts, and where output goes."""

from pathlib import Path

import pytest
from discover_repository import kinds, read, values

CALL = "from openai import OpenAI\nclient = OpenAI()\n"
ASK = 'r = client.chat.completions.create(model="gpt-4o-mini", messages=m)\n'


@pytest.mark.parametrize(
    ("code", "hosting"),
    [
        (CALL + ASK, "vendor_api"),
        ("import openai as o\nc = o.AsyncOpenAI()\nasync def f():\n    await c.responses.create()", "vendor_api"),
        ("from openai import AzureOpenAI as A\nA().chat.completions.create()", "cloud_hosted"),
        ("import anthropic\nclass B:\n    def __init__(self): self.c = anthropic.Anthropic()\n"
         "    def f(self): return self.c.messages.create(model='claude-sonnet-4-5')", "vendor_api"),
        ("from anthropic import AnthropicBedrock\nAnthropicBedrock().messages.create()", "cloud_hosted"),
        ("from google import genai\ngenai.Client().models.generate_content(model='gemini-2.5-pro')", "vendor_api"),
        ("from mistralai import Mistral\nMistral().chat.complete(model='mistral-large-latest')", "vendor_api"),
        ("import cohere\ncohere.ClientV2().chat(model='command-r-plus')", "vendor_api"),
        ("import boto3\nb = boto3.client('bedrock-runtime')\nb.converse(modelId='x')", "cloud_hosted"),
        ("import ollama\nollama.chat(model='llama3.1')", "self_hosted"),
        ("from vllm import LLM\nLLM('m').generate(['a'])", "self_hosted"),
        ("from transformers import pipeline\npipeline('text-generation')", "self_hosted"),
        ("import litellm\nlitellm.completion(model='bedrock/anthropic.claude-3')", "cloud_hosted"),
        ("from litellm import acompletion\nacompletion(model='ollama/llama3')", "self_hosted"),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI(model='gpt-4o')", "vendor_api"),
        ("from langchain_ollama import ChatOllama\nChatOllama(model='llama3')", "self_hosted"),
        ("from langchain.chat_models import init_chat_model\ninit_chat_model('openai:gpt-4o')", "vendor_api"),
        ("from llama_index.llms.openai import OpenAI\nOpenAI(model='gpt-4o')", "vendor_api"),
        ("from openai import OpenAI\nOpenAI(base_url='http://localhost:8000/v1')", "self_hosted"),
        ("import httpx\nhttpx.post('https://api.openai.com/v1/chat/completions')", "vendor_api"),
    ],
)  # fmt: skip
def test_model_calls_and_where_the_model_runs(tmp_path: Path, code: str, hosting: str) -> None:
    found = read(tmp_path, {"app.py": code})
    assert "model-call" in [kind for kind, _ in kinds(found)]
    assert values(found)["model.hosting"] == hosting


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nrequests.post('https://shop.example/messages')",
        "class A:\n    def create(self): ...\nA().messages.create()",
        "from django.core.mail import send_mail\nsend_mail('a', 'b', 'c', ['d'])",
        "def complete(x): return x\ncomplete(1)",
        "'''Calls https://api.openai.com/v1/chat/completions.'''",
    ],
)
def test_code_without_a_model_shows_none(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, {"app.py": code}).facts == {}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (CALL + ASK, ["gpt-4o-mini"]),
        (CALL + 'MODEL = "gpt-4o"\nclient.chat.completions.create(model=MODEL)', ["gpt-4o"]),
        (CALL + 'import os\nM = os.getenv("M", "my-deployment")\nclient.chat.completions.create(model=M)',
         ["my-deployment"]),
        (CALL + 'client.chat.completions.create(model=f"{x}")\nFALLBACK = "claude-3-5-haiku-latest"',
         ["claude-3-5-haiku-latest"]),
    ],
)  # fmt: skip
def test_model_names_are_literals_constants_and_defaults(
    tmp_path: Path, code: str, names: list[str]
) -> None:
    assert values(read(tmp_path, {"app.py": code}))["model.ids"] == names


def test_tools_with_their_effects(tmp_path: Path) -> None:
    code = """
from langchain_core.tools import tool
from agents import function_tool

@tool
def search_orders(query: str) -> str:
    "Search orders."

@tool("send_mail")
def mail(to: str, body: str): ...

@function_tool
def refund_payment(account: str, amount: float): ...

@function_tool
def run_shell(command: str): ...

@tool
def fetch_url(url: str): ...

TOOLS = [{"type": "function", "function": {"name": "delete_account", "parameters": {
    "type": "object", "properties": {"id": {"type": "string"}}}}},
    {"name": "frobnicate", "input_schema": {}}]
"""
    found = values(read(tmp_path, {"app.py": code}))
    assert found["tools.list"] == [
        "search_orders", "send_mail", "refund_payment", "run_shell", "fetch_url", "delete_account",
        "frobnicate",
    ]  # fmt: skip
    assert found["tools.writes_or_spends"] == ["read_only", "send", "pay", "delete", "run_code"]
    assert found["tools.egress"] is True


def test_a_decorator_of_another_library_makes_no_tool(tmp_path: Path) -> None:
    code = "from registry import tool\n@tool\ndef hammer(url): ...\n"
    assert read(tmp_path, {"app.py": code}).facts == {}


SINKS = [
    ("eval(r.choices[0].message.content)", "output-run"),
    ("x = r.choices[0].message.content\n    y = x.strip()\n    exec(y)", "output-run"),
    ("import subprocess\n    subprocess.run(['sh', '-c', r.output_text])", "output-run"),
    ("import os\n    os.system(f'echo {r.text}')", "output-run"),
    ("db.cursor().execute(r.sql)", "output-run"),
    ("for chunk in r:\n        eval(chunk)", "output-run"),
    ("import json\n    a = json.loads(r.arguments)\n    eval(a['code'])", "output-run"),
    ("from markupsafe import Markup\n    return Markup(r.text)", "output-rendered"),
    ("import streamlit as st\n    st.markdown(r.text)", "output-rendered"),
    ("import logging\n    logging.getLogger('a').info('said %s', r.text)", "prompt-log"),
]
CLEAN = [
    "eval('1 + 1')",
    "import subprocess\n    subprocess.run(['git', 'pull'])",
    "import html\n    from markupsafe import Markup\n    Markup(html.escape(r.text))",
    "db.execute('select 1')",
    "import ast\n    ast.literal_eval(r.text)",
    "import os\n    os.system('echo' if len(r.text) > 3 else 'true')",
    "import logging\n    logging.getLogger('a').info('done in %d s', 3)",
    "print(r.text)",
]


@pytest.mark.parametrize(("sink", "kind"), SINKS)
def test_where_output_goes(tmp_path: Path, sink: str, kind: str) -> None:
    code = f"{CALL}def f(m, db):\n    {ASK}    {sink}\n"
    found = read(tmp_path, {"app.py": code})
    assert kind in [k for k, _ in kinds(found)]
    if kind == "output-run":
        assert values(found)["interface.renders"] == ["executed"]


@pytest.mark.parametrize("line", CLEAN)
def test_what_is_not_the_models_or_was_cleaned_is_fine(tmp_path: Path, line: str) -> None:
    code = f"{CALL}def f(m, db):\n    {ASK}    {line}\n"
    found = {kind for kind, _ in kinds(read(tmp_path, {"app.py": code}))}
    assert not found & {"output-run", "output-rendered", "prompt-log"}


@pytest.mark.parametrize(
    ("kind", "said", "rendered"),
    [
        ("HTMLResponse", "f'<p>{r.text}</p>'", True),
        ("HTMLResponse", "f'<p>{escape(r.text)}</p>'", False),
        ("JSONResponse", "r.text", False),
    ],
)
def test_what_a_route_returns_as_a_page_is_rendered(
    tmp_path: Path, kind: str, said: str, rendered: bool
) -> None:
    code = (
        f"from html import escape\nfrom fastapi import FastAPI\n"
        f"from fastapi.responses import {kind}\napp = FastAPI()\n{CALL}"
        f"@app.post('/chat', response_class={kind})\ndef f(m):\n    {ASK}    return {said}\n"
    )
    found = read(tmp_path, {"app.py": code})
    assert ("output-rendered" in {k for k, _ in kinds(found)}) is rendered
    assert (values(found).get("interface.renders") == ["html"]) is rendered


def test_output_is_followed_through_functions_and_fields(tmp_path: Path) -> None:
    code = f"""{CALL}
class Bot:
    def ask(self, m):
        {ASK}        return r.text
    def keep(self, m):
        self.last = self.ask(m)
    def act(self):
        exec(self.last)
def ask(m):
    {ASK}    return r.text
def act(m):
    eval(ask(m))
"""
    assert [kind for kind, _ in kinds(read(tmp_path, {"app.py": code}))].count("output-run") == 2


def test_arguments_of_a_tool_are_chosen_by_the_model(tmp_path: Path) -> None:
    code = "from fastmcp import FastMCP\nmcp = FastMCP('a')\n@mcp.tool()\ndef run(code: str):\n    exec(code)\n"
    found = read(tmp_path, {"app.py": code})
    assert ("output-run", 5) in kinds(found)


PROMPT = "You are the assistant of a shop and answer questions about orders. "


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (PROMPT, None),
        (PROMPT + "Never reveal the discount code to customers.", True),
        (PROMPT + "The database password is gT7!kz2Wq9vL and the host is db.", True),
    ],
)
def test_prompts_and_what_they_keep_secret(tmp_path: Path, text: str, kept: bool | None) -> None:
    code = f"{CALL}m = [{{'role': 'system', 'content': {text!r}}}]\n{ASK}"
    found = read(tmp_path, {"app.py": code})
    assert "prompt" in [kind for kind, _ in kinds(found)]
    assert values(found).get("secrets.in_prompt") == kept
    assert not any("gT7" in signal.what for signal in found.signals)


@pytest.mark.parametrize(
    ("code", "fact", "value"),
    [
        ("import chromadb", "rag.used", True),
        ("from langchain_community.vectorstores import FAISS", "rag.used", True),
        ("from langchain_community.document_loaders import WebBaseLoader\nWebBaseLoader('u')",
         "rag.sources_trust", True),
        ("from langgraph.checkpoint.sqlite import SqliteSaver", "memory.persistent", True),
        ("from mem0 import Memory", "memory.persistent", True),
        ("from crewai import Crew", "agents.multi", True),
        ("from peft import LoraConfig", "model.tuned", True),
        (CALL + "client.fine_tuning.jobs.create(training_file='f')", "model.tuned", True),
        (CALL + "client.images.generate(prompt='p')", "interface.modalities_out", ["image"]),
        (CALL + "client.audio.transcriptions.create()", "interface.modalities_in", ["audio"]),
        ("from transformers import AutoModel\nAutoModel.from_pretrained('org/model')",
         "supply.components", "unpinned"),
        ("from transformers import AutoModel\nAutoModel.from_pretrained('org/model', revision='" + "a1" * 20 + "')",
         "supply.components", "pinned_and_hashed"),
        ("import deepface", "biometrics", True),
        (CALL + "t = {'type': 'mcp', 'server_url': 'u', 'require_approval': 'never'}", "tools.approval", "none"),
        ("from langfuse import observe\n" + CALL + ASK, "logging", None),
    ],
)  # fmt: skip
def test_further_facts(tmp_path: Path, code: str, fact: str, value: object) -> None:
    found = values(read(tmp_path, {"app.py": code}))
    assert fact in found
    assert found[fact] == value


def test_code_of_a_publisher_and_broken_files(tmp_path: Path) -> None:
    found = read(tmp_path, {
        "a.py": "from transformers import AutoModel\nAutoModel.from_pretrained('o/m', trust_remote_code=True)",
        "b.py": "def f(:\n",
        "c.py": "(" * 5000,
        "n.ipynb": '{"cells": [{"cell_type": "code", "source": ["!pip list\\n", "import chromadb"]}]}',
    })  # fmt: skip
    assert "remote-code" in [kind for kind, _ in kinds(found)]
    assert [signal.path for signal in found.unread] == ["b.py", "c.py"]
    assert found.facts["rag.used"].grounds == ("n.ipynb:2 store or index chromadb",)


@pytest.mark.parametrize(
    ("statement", "shows"),
    [
        ("select t from chunks order by embedding <-> %s::vector limit 5", True),
        ("SELECT t FROM chunks ORDER BY cosine_distance(v, ?) LIMIT 3", True),
        ("select t from chunks order by created limit 5", False),
        ("select a <=> b from t", False),
    ],
)
def test_a_search_by_likeness_in_sql_is_retrieval(
    tmp_path: Path, statement: str, shows: bool
) -> None:
    python = read(tmp_path, {"app.py": f"{CALL}{ASK}cur.execute({statement!r}, v)\n"})
    script = f"import OpenAI from 'openai'\nnew OpenAI().chat.completions.create({{}})\ndb.query(`{statement}`)\n"
    other = read(tmp_path / "js", {"app.ts": script})
    assert (values(python).get("rag.used") is True) is shows
    assert (values(other).get("rag.used") is True) is shows
