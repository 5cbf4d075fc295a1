# ruff: noqa: E501 - tables of sources
"""What JavaScript and TypeScript show, by tokens."""

from pathlib import Path

import pytest
from discover_repository import kinds, read, values

from seawall.assess.discover.script_tokens import tokens

OPENAI = 'import OpenAI from "openai";\nconst client = new OpenAI();\n'
ASK = 'const r = await client.chat.completions.create({ model: "gpt-4o", messages });\n'


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("a.b('x') // c('y')", ["a", ".", "b", "(", "x", ")"]),
        ("/* 'q' */ let x = /['\"]/g.test(y)", ["let", "x", "=", ".", "test", "(", "y", ")"]),
        ("a / b / c", ["a", "/", "b", "/", "c"]),
        ("`t ${name} u`", ["t ${name} u", "name"]),
        ("'it\\'s\\n'", ["it's\n"]),
        ("'open\nnext", ["open", "next"]),
    ],
)
def test_tokens(source: str, texts: list[str]) -> None:
    assert [token.text for token in tokens(source)] == texts or [
        token.text for token in tokens(source) if token.text != "regex"
    ] == texts


def test_lines_count_through_comments_and_templates() -> None:
    found = tokens("/*\n\n*/ a `\n${b}\n` c")
    assert [(token.text, token.line) for token in found if token.kind != "text"] == [
        ("a", 3), ("b", 4), ("c", 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "piece",
    [
        "/*",
        "`",
        "'",
        "/[",
        "\\",
        "${",
        "a.",
        "=>tool(",
        "(a",
        "x=a;",
        "client.chat.completions.create({});",
        "f(`${a}`);",
        "name: 1,",
    ],
)
def test_hostile_files_are_read_to_their_end(tmp_path: Path, piece: str) -> None:
    """Anything but linear work would not come back."""
    source = OPENAI + piece * (80_000 // len(piece))
    assert read(tmp_path, {"a.js": source}).read == 1


@pytest.mark.parametrize(
    ("source", "hosting", "names"),
    [
        (OPENAI + ASK, "vendor_api", ["gpt-4o"]),
        ('import Anthropic from "@anthropic-ai/sdk";\nnew Anthropic().messages.create({model: "claude-opus-4-1"})',
         "vendor_api", ["claude-opus-4-1"]),
        ('const {ConverseCommand} = require("@aws-sdk/client-bedrock-runtime");\nnew ConverseCommand({})',
         "cloud_hosted", None),
        ('import { generateText } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'
         'await generateText({ model: openai("gpt-4o-mini") })', "vendor_api", ["gpt-4o-mini"]),
        ('import ollama from "ollama";\nollama.chat({ model: "llama3.1" })', "self_hosted", ["llama3.1"]),
        ('await fetch("https://api.anthropic.com/v1/messages", {})', "vendor_api", None),
    ],
)  # fmt: skip
def test_calls(tmp_path: Path, source: str, hosting: str, names: list[str] | None) -> None:
    found = values(read(tmp_path, {"app.ts": source}))
    assert found["model.hosting"] == hosting
    assert found.get("model.ids") == names


@pytest.mark.parametrize(
    "source",
    [
        "// client.chat.completions.create()\nconst a = 1;",
        'client.chat.completions.create({ model: "m" })',
        'fetch("https://shop.example/api/orders")',
        "el.innerHTML = '<b>static</b>';",
    ],
)
def test_code_without_a_model_shows_nothing(tmp_path: Path, source: str) -> None:
    assert read(tmp_path, {"app.js": source}).facts == {}


def test_tools(tmp_path: Path) -> None:
    source = (
        OPENAI
        + ASK
        + """
const tools = [{ type: "function", function: { name: "delete_file", description: "x",
  parameters: { type: "object", properties: { path: { type: "string" } } } } }];
server.registerTool("fetch_page", { description: "y", inputSchema: { url: z.string() } }, run);
export const sendMail = tool({ description: "z", inputSchema: z.object({ to: z.string() }) });
export const payBill = ({ session }: Props) => tool({ description: "p" });
const other = { name: "nobody", age: 3 };
"""
    )
    found = values(read(tmp_path, {"app.ts": source}))
    assert found["tools.list"] == ["delete_file", "fetch_page", "sendMail", "payBill"]
    assert found["tools.egress"] is True


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("eval(r.choices[0].message.content);", "output-run"),
        ("const t = r.output_text;\nexecSync(t);", "output-run"),
        ("document.body.innerHTML = r.text;", "output-rendered"),
        ("document.body.innerHTML = `<p>${r}</p>`;", "output-rendered"),
        ("console.log(messages);", "prompt-log"),
    ],
)
def test_where_output_goes(tmp_path: Path, line: str, kind: str) -> None:
    found = read(tmp_path, {"app.js": OPENAI + ASK + line})
    assert kind in [k for k, _ in kinds(found)]


@pytest.mark.parametrize(
    "line",
    ["eval('1');", "execSync('git pull');", "el.innerHTML = DOMPurify.sanitize(r.text);", "console.log('ready');"],
)  # fmt: skip
def test_what_is_fine(tmp_path: Path, line: str) -> None:
    found = {kind for kind, _ in kinds(read(tmp_path, {"app.js": OPENAI + ASK + line}))}
    assert not found & {"output-run", "output-rendered", "prompt-log"}


def test_prompts_and_libraries(tmp_path: Path) -> None:
    prompt = "You help the customers of a shop. Never reveal the discount code to anybody."
    source = f'{OPENAI}import Markdown from "react-markdown";\nconst messages = [{{ role: "system", content: "{prompt}" }}];\n{ASK}'
    found = values(read(tmp_path, {"app.tsx": source}))
    assert found["secrets.in_prompt"] is True
    assert found["interface.renders"] == ["markdown"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("res.send(`<p>${r.choices[0].message.content}</p>`);", True),
        ("reply.send('<div>' + r.choices[0].message.content);", True),
        ("res.send({ text: r.choices[0].message.content });", False),
        ("res.send(`<p>${escapeHtml(r.choices[0].message.content)}</p>`);", False),
        ("queue.send(r.choices[0].message.content);", False),
        ("res.send('<p>hello</p>');", False),
    ],
)
def test_an_answer_that_is_sent_as_a_page(tmp_path: Path, answer: str, found: bool) -> None:
    seen = read(tmp_path, {"server.js": OPENAI + ASK + answer + "\n"})
    assert ("output-rendered" in dict(kinds(seen))) == found
    assert (values(seen).get("interface.renders") == ["html"]) == found
