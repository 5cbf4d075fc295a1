"""Packages in answers: what is installed or imported, what is known, what is like another."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing import least_seconds

from seawall.core.errors import IntegrityError
from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.core.verdicts import Outcome, Verdict
from seawall.guard import cards
from seawall.guard.api import Guard
from seawall.guard.code.blocks import Block
from seawall.guard.code.shell import pipelines
from seawall.guard.contract import Context, Example, Subject, View
from seawall.guard.packages import index as module
from seawall.guard.packages.index import Bloom, dumped, index, loaded, normal
from seawall.guard.packages.installs import installs
from seawall.guard.packages.likeness import Likeness, distance
from seawall.guard.packages.manifests import manifest
from seawall.guard.self_test import exchange_of, part_at

DETECTOR = cards.build("unknown-packages")


def judge(text: str, **around: str) -> Verdict:
    part, views = part_at(Stage.OUTPUT, text), (View(kind="raw", text=text),)
    exchange = exchange_of(Example(text=text, **around))  # type: ignore[arg-type]
    return DETECTOR.detect(Subject(part=part, views=views), Context(exchange=exchange))


def found(text: str, **around: str) -> list[tuple[str, str]]:
    verdict = judge(text, **around)
    assert verdict.outcome is not Outcome.UNKNOWN
    return [(f.label, text[f.start : f.end]) for f in verdict.findings]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("pip install requests", ["requests"]),
        ("pip3.11 install -U 'uvicorn[standard]>=0.30' \"httpx==0.27\"", ["uvicorn", "httpx"]),
        ("sudo python3 -m pip install --upgrade pip", ["pip"]),
        ("!pip install -q transformers", ["transformers"]),
        (f"%pip install torch --index-{'url'} https://x.example/cu121", ["torch"]),
        ("pip install -r requirements.txt -c constraints.txt", []),
        ("pip install . ./lib git+https://x.example/a.git ../b.whl", []),
        ("pip install $PACKAGE {name} <package>", []),
        ("pip install {{one two three}} numpy", ["numpy"]),
        ("pip uninstall requests", []),
        ("uv add httpx --group dev", ["httpx"]),
        ("uv pip install -r x.txt polars", ["polars"]),
        ("uvx ruff check .", ["ruff"]),
        ("poetry add 'django@^5' --group dev pytest", ["django", "pytest"]),
        ("pipx install black isort", ["black"]),
        ("pip install a1 \\\n  b2 && npm i c3; yarn add d4 | cat", ["a1", "b2", "c3", "d4"]),
        ("pip install --upgrade-strategy only-if-needed pytest", ["pytest"]),
        ("npx create-<package-spec>", []),
        ("npm install", []),
        ("npm i -D @types/node@20 vite@latest --save", ["@types/node", "vite"]),
        ("npm install -g ./x file.tgz user/repo", []),
        ("npm i three-alias@npm:three@0.160", ["three"]),
        ("npx -y create-next-app@latest shop", ["create-next-app"]),
        ("pnpm dlx degit a/b", ["degit"]),
        ("npm create vite@latest my-app", ["create-vite"]),
        ("yarn create @vitejs/app x", ["@vitejs/create-app"]),
        ("bun add hono zod", ["hono", "zod"]),
        ("NODE_ENV=x npm i express", ["express"]),
        ("RUN pip install flask", ["flask"]),
        ("x=$(pip install inner)", ["inner"]),
        ("echo pip install nothing", []),
        ("$ npm install lodash   # the old one", ["lodash"]),
    ],
)
def test_install_commands_name_their_packages(command: str, names: list[str]) -> None:
    assert [one.name for one in installs(pipelines(command))] == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```bash\npip install pandass-turbo-frames\n```", "unknown-package"),
        ("```\nnpm install react-use-quantum-hooks\n```", "unknown-package"),
        ("Use `uv add fastapi-easyauth-magic`.", "unknown-package"),
        ("First run\n\n    pip install sqlalchemy-autosharder-x\n\nthen go on.", "unknown-package"),
        ("~~~python\nfrom qdrant_hyperlink_store import Store\n~~~", "unknown-package"),
        ("```py\nimport os, telemetrix_cloud_syncer as t\n```", "unknown-package"),
        ("```python\n!pip install gradio-voice-mirrorx\n```", "unknown-package"),
        ("```js\nconst x = require('express-jwt-autorotator');\n```", "unknown-package"),
        ("```ts\nimport { a } from \"@zebra-orbitals/forms/x\";\n```", "unknown-package"),
        ("```jsx\nconst X = await import('vue-lazy-orbit-grid');\n```", "unknown-package"),
        ("```Dockerfile\nRUN pip install celery-gevent-fastlane\n```", "unknown-package"),
        ("```sh\npip install reqeusts\n```", "lookalike-package"),
        ("```sh\npip install tensorflw\n```", "lookalike-package"),
        ("```sh\npip install beautifulsoup-4\n```", "lookalike-package"),
        ("```sh\nnpm i lodahs\n```", "lookalike-package"),
        ("```sh\nnpm i react-roter-dmo\n```", "lookalike-package"),
        ("```sh\nnpm i crossenv\n```", "lookalike-package"),
        ("```python\nimport djano\n```", "lookalike-package"),
        ("```\npip install never-closed-fence-pkg9", "unknown-package"),
    ],
)  # fmt: skip
def test_what_nobody_publishes_is_found(text: str, expected: str) -> None:
    ((label, span),) = found(text)
    assert label == expected
    assert span.strip() == span and span in text


@pytest.mark.parametrize(
    "text",
    [
        "```python\nimport numpy as np, pandas as pd\nfrom PIL import Image\nimport cv2\n```",
        "```python\nimport yaml, bs4, sklearn.svm, dotenv, jwt, serial, fitz, docx\n```",
        "```python\nimport urllib2, ConfigParser\nimport Tkinter as tk\n```",
        "```python\nfrom . import x\nfrom ..views import y\nfrom app.models import User\n```",
        "```python\nfrom utils import z\nfrom config import Settings\nimport tests.helpers\n```",
        "```python\nfrom my_company_stuff import x\nimport your_module\nimport foo\n```",
        "`orbitledger/core.py` holds it.\n```python\nfrom orbitledger.core import x\n```",
        "Create `zebracalc7.py`.\n```python\nimport zebracalc7\n```",
        "```sh\ndjango-admin startproject zebrashop7\n```\n"
        "```python\nfrom zebrashop7 import urls\n```",
        "```python\n# import it_from_there9 and go\ntext = 'from nowhere_at_all9 import x'\n```",
        "```js\nimport fs from 'fs';\nimport path from 'node:path';\nrequire('./zz9');\n```",
        "```js\nimport x from '@/zz9';\nimport y from '~/zz9';\nimport z from '#zz9';\n```",
        "```ts\nimport a from '@components/zz9';\nimport b from 'src/zz9';\n```",
        "```ts\nimport { Component } from '@angular/core';\nimport x from 'rxjs/operators';\n```",
        "```js\nimport x from 'https://esm.example/zz9';\n```",
        "```js\nimport x from '@microsoft/never-heard-of-this9';\n```",
        "```sh\nnpm ci\nnpm run build\nyarn\npnpm install\nnpx tsc --init\n```",
        "```\nnpm install <your-package>\npip install your-package-name my_pkg\n```",
        "```text\nERROR: pip install is not found\n```",
        '```go\nimport "github.com/never/heard9"\n```',
        "You could pip install whatever zebraframe9 you like.",
        "Never run pip install zebraframe9 in prose, says the book.",
        "```ruby\nrequire 'zebraframe9'\n```",
        "```sh\ncat requirements.txt | xargs pip install\napt install zebraframe9\n```",
        "```sh\nconda install zebraframe9\ncargo add zebraframe9\ngem install zebraframe9\n```",
    ],
)
def test_ordinary_code_is_clean(text: str) -> None:
    assert found(text) == []


def test_what_the_request_names_is_not_reported() -> None:
    text = "```python\nimport zebraframe9\n```\n```sh\npip install zebra_frame9x\n```"
    assert len(found(text)) == 2
    assert found(text, user="zebraframe9 fails, and zebra-frame9x too.") == []
    assert found(text, system="Use our package zebra_frame9x.") == [
        ("unknown-package", "zebraframe9")
    ]


def test_code_that_cannot_be_read_and_endless_names_are_unknown() -> None:
    assert judge("```sh\n" + "$(" * 100 + "pip install x\n```").outcome is Outcome.UNKNOWN
    names = " ".join(f"zebraframe{n}" for n in range(2_500))
    assert judge(f"```sh\npip install {names}\n```").outcome is Outcome.UNKNOWN


def test_many_unknown_names_are_all_found() -> None:
    names = [f"zebraframe-{n}-q" for n in range(300)]
    labels = found("```sh\npip install " + " ".join(names) + "\n```")
    assert len(labels) > 285


def test_by_default_it_flags() -> None:
    check = Guard().check("```sh\npip install fastapi-easyauth-magic\n```", "output")
    assert check.action == "flag"
    assert [f.detector for f in check.findings] == ["unknown-packages"]


def test_the_bundled_indexes_know_what_is_used() -> None:
    for name in ("requests", "numpy", "Flask_Login", "zope.interface", "PyYAML", "boto3"):
        assert index("pypi").known(normal("pypi", name)), name
    for name in ("react", "@types/node", "lodash", "next", "@angular/core", "vite"):
        assert index("npm").known(name), name
    assert index("pypi").used("requests")
    assert not index("pypi").used("zebraframe-9-q")


def test_invented_names_are_rarely_known() -> None:
    for registry in ("pypi", "npm"):
        invented = [f"zq{n:x}-frame-{n * 7919 % 9973}" for n in range(3_000)]
        wrong = sum(index(registry).known(name) for name in invented)  # type: ignore[arg-type]
        assert wrong < 75, registry


def test_both_files_together_are_small() -> None:
    folder = Path(module.__file__).parent
    assert sum(path.stat().st_size for path in folder.glob("*.bin")) <= 1_500_000


@settings(deadline=None)
@given(st.sets(st.text(min_size=1), max_size=60))
def test_a_filter_never_misses_what_it_holds(names: set[str]) -> None:
    made = Bloom.of(names, 1024, 5)
    assert all(name in made for name in names)


def test_an_index_survives_writing_and_damage_is_an_error() -> None:
    content = dumped(Bloom.of(["a"], 64, 3), Bloom.of(["b"], 64, 3), ["requests", "numpy"])
    again = loaded(content)
    assert again.known("a") and again.used("b") and again.lookalike("reqests") == "requests"
    for damaged in (b"", content[:20], b"x" + content[1:], content[:-4], b"\0" * 400):
        with pytest.raises(IntegrityError):
            loaded(damaged)


TARGETS = ("requests", "numpy", "react-router-dom", "python-dateutil", "tensorflow", "next")


@settings(deadline=None)
@given(st.sampled_from(TARGETS), st.data())
def test_a_slip_of_a_name_is_found_and_its_distance_is_right(
    target: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(target) - 1))
    letter = data.draw(st.sampled_from("abcxyz-9"))
    slips = (
        target[:place] + letter + target[place:],
        target[:place] + target[place + 1 :],
        target[:place] + letter + target[place + 1 :],
        target[:place] + target[place : place + 2][::-1] + target[place + 2 :],
    )
    for slip in slips:
        assert distance(slip, target) <= 1
        if slip != target and len(target) >= 5 and len(slip) >= 5:
            assert Likeness(TARGETS).of(slip) == target
    assert Likeness(TARGETS).of(target) == ""


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("pyhton-datutil", "python-dateutil"),
        ("raect-router-dm", "react-router-dom"),
        ("tensrflw", ""),
        ("nextt", ""),
        ("nump", ""),
        ("completely-else", ""),
        ("x" * 500, ""),
        ("", ""),
    ],
)
def test_two_edits_count_in_long_names_only(name: str, target: str) -> None:
    assert Likeness(TARGETS).of(name) == target


def test_what_a_call_would_install_may_be_named_by_the_user_alone() -> None:
    text = json.dumps({"command": "pip install zebraframe9 requests && pytest"})
    part, views = part_at(Stage.TOOL_CALL, text), (View(kind="raw", text=text),)

    def labels(**around: str) -> list[str]:
        exchange = exchange_of(Example(text=text, **around))  # type: ignore[arg-type]
        told = DETECTOR.detect(Subject(part=part, views=views), Context(exchange=exchange))
        assert told.outcome is not Outcome.UNKNOWN
        return [one.label for one in told.findings]

    assert labels() == ["unknown-package"]
    assert labels(user="Install zebraframe9.") == []
    page = Part(pointer="/x", role=Role.TOOL, trust=Trust.UNTRUSTED, stage=Stage.TOOL_RESULT,
                text="First: pip install zebraframe9")  # fmt: skip
    exchange = exchange_of(Example(text=text, user="Set it up."))
    exchange.parts.append(page)
    told = DETECTOR.detect(Subject(part=part, views=views), Context(exchange=exchange))
    assert [one.label for one in told.findings] == ["unknown-package"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("```requirements.txt\nzebra-bare9\nrequests\n```", ["zebra-bare9"]),
        (
            "```txt\nzebra-one9[all]>=1.2,<2  # the core\n"
            "zebra-two9 ~= 0.1 ; python_version > '3.9'\n"
            "zebra-three9==1 --hash=sha256:ab \\\n    --hash=sha256:cd\nnumpy==1.26\n```",
            ["zebra-one9", "zebra-two9", "zebra-three9"],
        ),
        ("Save it as `requirements-dev.txt`:\n```\npytest\nzebra-named9\n```", ["zebra-named9"]),
        ("flask==3.0\nzebra-raw9==1.0\n", ["zebra-raw9"]),
        (
            '```toml\n[project]\ndependencies = [\n  "zebra-a9>=1", # "no-name9"\n'
            '  \'zebra-b9[x]\',\n]\n'
            '[project.optional-dependencies]\ndev = ["zebra-c9"]\n[dependency-groups]\n'
            'test = ["zebra-d9", {include-group = "no-name9"}]\n[tool.other]\n'
            'dev = ["no-name9"]\n```',
            ["zebra-a9", "zebra-b9", "zebra-c9", "zebra-d9"],
        ),
        (
            '```toml\n[tool.poetry.dependencies]\npython = "^3.11"\nzebra-a9 = "^1"\n'
            'zebra-b9 = {version = "1", extras = ["x"]}\n'
            'zebra-git9 = {git = "https://x.example"}\n```',
            ["zebra-a9", "zebra-b9"],
        ),
        ('```toml\n[[source]]\nurl = "https://pypi.org/"\n[packages]\nzebra-a9 = "*"\n```',
         ["zebra-a9"]),
        (
            '```json\n'
            '{"dependencies": {"react": "^18", "zebra-a9": "^1.0 || 2.x", "@zorba9/b": "1"},\n'
            ' "devDependencies": {"zebra-c9": "latest"}}\n```',
            ["zebra-a9", "@zorba9/b", "zebra-c9"],
        ),
        ('{"peerDependencies": {"zebra-a9": ">=1"}}', ["zebra-a9"]),
        ('```json\n{"dependencies": {"own9": "npm:zebra-aliased9@^1"}}\n```', ["own9"]),
        ("```python\n# /// script\n# dependencies = [\n#   \"zebra-a9\",\n# ]\n# ///\n"
         "```", ["zebra-a9"]),
        ("```python\n"
         "setup(install_requires=['zebra-a9>=1'], extras_require={'x': ['zebra-b9']})\n```",
         ["zebra-a9", "zebra-b9"]),
        ("```yaml\ndependencies:\n  - zebraconda9\n  - pip:\n    - zebra-a9==1\n```", ["zebra-a9"]),
        ("`requirements.txt`:\n```diff\n numpy==1.26\n-old==1\n+zebra-a9==1.0\n```", ["zebra-a9"]),
        ("> ```txt\n> flask==3.0\n> zebra-a9==1.0\n> ```", ["zebra-a9"]),
        ('```js\ndependencies: {"zebra-a9": "^1.0"}\n```', ["zebra-a9"]),
        ("```bash\necho zebra-a9==1 >> requirements.txt\n```", ["zebra-a9"]),
        (
            "```bash\nprintf 'flask\\nzebra-a9\\n' > requirements.txt\n```",
            ["'flask\\nzebra-a9\\n'"],
        ),
        ("```bash\ncat > app/requirements.txt <<EOF\nzebra-a9\nnumpy\nEOF\n```", ["zebra-a9"]),
        (f"```\n--index-{'url'} https://pypi.corp.example/simple\nreqeusts==2\n```", ["reqeusts"]),
    ],
)  # fmt: skip
def test_manifests_name_what_they_need(text: str, names: list[str]) -> None:
    assert [span for _, span in found(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "```\nresult==5 and more\nzebra-a9==1\n```",
        "Its output, from requirements.txt:\n```\nCollecting zebraframe9\nDone installing\n```",
        "```text\nzebraframe9\nwordlist9\n```",
        "```\n-r base.txt\n-e .\n./libs/zebra9\nzebra-a9 @ git+https://x.example/a.git\n"
        "numpy==1\n```",
        "```\n-i https://pypi.corp.example/simple\nzebra-a9==1\n```",
        '```toml\n[[tool.uv.index]]\nname = "corp"\nurl = "https://pypi.corp.example/"\n'
        '[project]\ndependencies = ["zebra-a9"]\n```',
        '```toml\n[project]\nname = "zebraown9"\ndependencies = ["zebraown9[x]", "zebra-local9"]\n'
        '[tool.uv.sources]\nzebra-local9 = {path = "../x"}\n```',
        '```toml\n[dependencies]\nserde = "1"\nzebra-crate9 = "1"\n```',
        "```json\n"
        '{"name": "@zorba9/web", "dependencies": {"@zorba9/ui": "1.0", "zebra9": "file:../z",\n'
        '"zebra-b9": "github:u/b", "zebra-c9": "git+https://x.example/c.git"}}\n```',
        '```json\n{"dependencies": {"@zorba9/ui": "workspace:*", "@zorba9/icons": "^1"}}\n```',
        '```json\n{"dependencies": {"zebra-store9": "healthy", "cache9": "ok"}}\n```',
        f"```ini\n@zorba9:{'registry'} = https://npm.corp.example/\n```\n"
        '```json\n{"dependencies": {"@zorba9/ui": "1"}, "publishConfig": '
        '{"registry": "https://npm.corp.example/"}}\n```',
        'def test(client):\n    dependencies = ["zebra-admin9"]\n',
        "requirements.txt\nflask==3.0.3\n",
    ],
)
def test_manifests_that_need_nothing_unknown_are_clean(text: str) -> None:
    assert found(text) == []


def test_a_manifest_that_a_call_writes_is_read() -> None:
    def labels(path: str) -> list[str]:
        text = json.dumps({"path": path, "content": "numpy\nzebra-a9==1\n"})
        subject = Subject(part=part_at(Stage.TOOL_CALL, text), views=(View(kind="raw", text=text),))
        return [one.label for one in DETECTOR.detect(subject, Context()).findings]

    assert labels("app/requirements.txt") == ["unknown-package"]
    assert labels("app/words.txt") == []


@pytest.mark.parametrize("sign", ["a==1,", "--hash=a", "install_requires=[", "a = [\n", " \t\n"])
def test_manifests_are_read_in_linear_time(sign: str) -> None:
    def seconds(size: int) -> float:
        text = "numpy==1\n" + sign * (size // len(sign))
        block = Block(language="", start=0, end=len(text))
        return least_seconds(lambda: list(manifest(text, block, frozenset())))

    assert seconds(160_000) < 8 * seconds(40_000) + 0.02
