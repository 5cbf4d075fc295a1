# ruff: noqa: E501 - tables of sources
"""Which files are read, settings, pickles, credentials; nothing is run."""

import io
import json
import os
import pickle
import pickletools
import subprocess
import zipfile
from pathlib import Path

import pytest
from discover_repository import QUESTIONS, TODAY, kinds, read, values, write

from seawall.assess.discover.ignore import ignored, rules_of
from seawall.assess.discover.pickled import read_pickle
from seawall.assess.discover.run import discover
from seawall.assess.discover.secrets import secrets_in
from seawall.assess.discover.walk import MAX_TEXT, Walk
from seawall.core.errors import InputError

STORE = "import chromadb\n"


@pytest.mark.parametrize(
    ("lines", "path", "hit"),
    [
        ("*.log", "a/b.log", True),
        ("*.log\n!keep.log", "a/keep.log", False),
        ("/root.txt", "a/root.txt", False),
        ("/root.txt", "root.txt", True),
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/a/b.md", False),
        ("docs/**/b.md", "docs/x/y/b.md", True),
        ("docs/**", "docs/x/y", True),
        ("**/cache", "a/b/cache", True),
        ("tmp/", "tmp", False),
        ("# a\n\nfile\\ name", "file name", True),
        ("a?c", "abc", True),
        ("a[0-9].py", "a7.py", True),
        ("a[!0-9].py", "a7.py", False),
        ("[z-a]", "z", False),
    ],
)
def test_ignore_rules(lines: str, path: str, hit: bool) -> None:
    assert ignored([("", rules_of(lines))], path, folder=False) is hit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitignore", "**/a/" * 59 + "b\n" + "*a" * 140 + "b\n"),
        ("a.py", "x = x.a\n" * 15_000),
        ("b.py", "s = s + 'aaaaaaaa'\n" * 10_000),
        ("c.py", "import openai\n" + "openai.x.chat.completions.create(model=s)\n" * 3_000),
        ("Dockerfile", "\n" * 900_000),
        ("compose.yml", "  image: " * 100_000),
        ("litellm.yaml", "model_list:\n" + "- litellm_params: {model: a/b}\n" * 3_000),
        ("mcp.json", "," + " " * 900_000),
        ("prompt.md", "keep " * 190_000),
        ("key.txt", "token " * 160_000),
    ],
)
def test_hostile_files_are_read_to_their_end(tmp_path: Path, name: str, text: str) -> None:
    """Anything but linear work would not come back."""
    deep = "/".join(["a"] * 38)
    found = read(tmp_path, {name: text, f"{deep}/{'a' * 200}.py": "import chromadb\n"})
    assert found.facts["rag.used"].value is True


def test_rules_agree_with_git(tmp_path: Path) -> None:
    """Git decides about the same files: the ones it would add are the ones that are read."""
    names = [
        "a.log",
        "x/a.log",
        "x/keep.log",
        "x/y/z.py",
        "x/y/w.txt",
        "doc/a.md",
        "doc/in/a.md",
        "b.py",
    ]
    write(tmp_path, dict.fromkeys(names, "1"))
    write(
        tmp_path, {".gitignore": "*.log\n!keep.log\n/doc/*.md\n", "x/.gitignore": "y/*\n!y/z.py\n"}
    )
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], cwd=tmp_path, check=True,
        capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert [file.path for file in Walk(tmp_path).files()] == sorted(listed)


def test_vendored_ignored_linked_and_test_files_are_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(STORE)
    root = tmp_path / "repo"
    write(root, {
        "node_modules/x/a.py": STORE, ".venv/lib/a.py": STORE, "gen/a.py": STORE,
        ".gitignore": "gen/\n", "tests/test_a.py": STORE, "src/ok.py": "x = 1\n",
    })  # fmt: skip
    (root / "link.py").symlink_to(outside)
    (root / "loop").symlink_to(root)
    assert discover(root, QUESTIONS, today=TODAY).facts == {}


def test_nothing_of_the_repository_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    root = tmp_path / "repo"
    evil = f"open({str(marker)!r}, 'w')\n"

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {marker}",)

    write(root, {
        "conftest.py": evil, "app.py": evil, "sitecustomize.py": evil, "m.pkl": pickle.dumps(Evil()),
        ".git/config": f"[core]\n  fsmonitor = touch {marker}\n",
    })  # fmt: skip
    found = discover(root, QUESTIONS, today=TODAY)
    assert "pickle-danger" in [kind for kind, _ in kinds(found)]
    assert not marker.exists()


def test_what_the_limits_leave_out_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"big.py": "#" * (MAX_TEXT + 1), "b.json": b"\0\0", "ok.py": STORE})
    found = discover(tmp_path, QUESTIONS, today=TODAY)
    assert [signal.path for signal in found.unread] == ["b.json", "big.py"]
    walk = Walk(tmp_path, max_files=1)
    assert len(walk.files()) == 1 and "more than 1 files" in walk.cut


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        Walk(tmp_path / "nothing")


MCP = {
    "mcpServers": {
        "shop": {"command": "npx", "args": ["-y", "@shop/mcp"]},
        "pinned": {"command": "npx", "args": ["-y", "@shop/mcp@1.2.3"]},
        "browser": {
            "command": "docker",
            "args": ["run", "-i", "mcp/playwright@sha256:" + "a" * 64],
        },
        "shell": {"command": "./bin/shell-server"},
        "remote": {"url": "https://mcp.example/sse"},
    }
}


def test_mcp_servers(tmp_path: Path) -> None:
    found = read(tmp_path, {".mcp.json": json.dumps(MCP, indent=1)})
    told = values(found)
    assert told["tools.list"] == [
        "mcp:shop",
        "mcp:pinned",
        "mcp:browser",
        "mcp:shell",
        "mcp:remote",
    ]
    assert told["tools.writes_or_spends"] == ["run_code"]
    assert (told["tools.egress"], told["supply.components"]) == (True, "unpinned")
    assert [line for kind, line in kinds(found) if kind == "unpinned"] == [3]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            ".vscode/mcp.json",
            '// mine\n{"servers": {"a": {"command": "uvx", "args": ["x==1.0"],},}}',
        ),
        (".codex/config.toml", '[mcp_servers.a]\ncommand = "uvx"\nargs = ["x==1.0"]\n'),
        (
            "settings/claude_desktop_config.json",
            '{"mcpServers": {"a": {"command": "uvx", "args": ["x@1.0"]}}}',
        ),
    ],
)
def test_other_places_of_mcp_servers(tmp_path: Path, name: str, text: str) -> None:
    told = values(read(tmp_path, {name: text}))
    assert (told["tools.list"], told["supply.components"]) == (["mcp:a"], "pinned")


def test_broken_settings_are_unread_not_clean(tmp_path: Path) -> None:
    found = read(tmp_path, {"mcp.json": "{", "a/mcp.toml": "=", "b/mcp.json": "[1]"})
    assert [signal.path for signal in found.unread] == ["a/mcp.toml", "mcp.json"]


def test_containers_model_lists_and_rows(tmp_path: Path) -> None:
    found = values(read(tmp_path, {
        "docker-compose.yml": "services:\n  m:\n    image: ollama/ollama\n  d:\n    image: qdrant/qdrant:v1.9\n",
        "litellm.yaml": "model_list:\n  - model_name: a\n    litellm_params: {model: bedrock/anthropic.claude-3}\n",
        "data/train.jsonl": '{"messages": [{"role": "user", "content": "x"}]}\n',
    }))  # fmt: skip
    assert found["model.hosting"] == "cloud_hosted"
    assert found["rag.used"] is True
    assert found["supply.components"] == "unpinned"
    assert found["model.tuned"] is None


def test_credentials_have_lines_and_are_never_repeated(tmp_path: Path) -> None:
    key = "AKIA" + "Q3EGRTZ5KLMNOP27"
    found = read(tmp_path, {"deploy.sh": f"#!/bin/sh\n\nexport KEY={key}\n"})
    assert kinds(found) == [("secret", 3)]
    assert key not in str(found)


def test_credentials_at_the_border_of_pieces_are_found_once() -> None:
    key = "AKIA" + "Q3EGRTZ5KLMNOP27"
    for before in (63_980, 64_000, 65_990):
        text = "x\n" * (before // 2) + f"key {key} end\n" + "y\n" * 40_000
        assert [line for _, line in secrets_in(text)] == [before // 2 + 1]


def save(tmp_path: Path, data: bytes, name: str = "m.pkl") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


class Calls:
    def __init__(self, function: object, *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self._call


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_calls_is_dangerous_in_every_protocol(tmp_path: Path, protocol: int) -> None:
    for bad in (
        Calls(os.system, "true"),
        Calls(eval, "1"),
        Calls(__import__, "os"),
        Calls(subprocess.call, "x"),
    ):
        found = read_pickle(save(tmp_path, pickle.dumps([1, "os", bad], protocol)))
        assert found is not None and found.dangerous


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_are_harmless(tmp_path: Path, protocol: int) -> None:
    value = {"os": [1, 2.5, {"system"}, frozenset("ab")], "c": complex(1, 2), "r": range(3)}
    found = read_pickle(save(tmp_path, pickle.dumps(value, protocol)))
    assert found is not None
    assert (found.dangerous, found.unknown) == ((), "")


@pytest.mark.parametrize(
    "code",
    [
        # STACK_GLOBAL whose module comes from the memo, and one whose name is computed.
        b"\x80\x04\x8c\x02os\x94\x8c\x01x\x940h\x00\x8c\x06system\x93.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R\x8c\x06system\x93.",
        b"\x80\x04)\x8c\x06system\x93.",
        b"cposix\nsystem\n.",
        b"(S'true'\nios\nsystem\n.",
        pickle.dumps(1) + b"\x80\x02cos\nsystem\n.",
    ],
)
def test_disguised_imports(tmp_path: Path, code: bytes) -> None:
    found = read_pickle(save(tmp_path, code))
    assert found is not None and found.dangerous, pickletools.dis(code)


def test_a_broken_pickle_is_unknown(tmp_path: Path) -> None:
    data = pickle.dumps({"a": list(range(1000))}, 4)
    found = read_pickle(save(tmp_path, data[:-20]))
    assert found is not None and found.unknown
    assert [s.path for s in discover(tmp_path, QUESTIONS, today=TODAY).unread] == ["m.pkl"]


def test_archives_of_models_are_opened(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("m/data.pkl", pickle.dumps(Calls(os.system, "true"), 2))
    found = read_pickle(save(tmp_path, buffer.getvalue(), "m.pt"))
    assert found is not None and found.dangerous == ("posix.system",)
    assert read_pickle(save(tmp_path, b"\x7fELF" + b"0" * 99, "firmware.bin")) is None
    broken = read_pickle(save(tmp_path, b"PK\x03\x04rubbish", "n.pt"))
    assert broken is not None and broken.unknown


def archive_of(*members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, member in enumerate(members):
            archive.writestr(f"m/{number}.pkl", member)
    return buffer.getvalue()


def test_what_is_not_read_of_an_archive_is_unknown(tmp_path: Path) -> None:
    plain, evil = pickle.dumps([1], 2), pickle.dumps(Calls(os.system, "true"), 2)
    many = read_pickle(save(tmp_path, archive_of(*[plain] * 20, evil), "many.pt"))
    assert many is not None and "more than 20" in many.unknown
    cut = pickle.dumps({"a": list(range(1000))}, 2)[:-20]
    broken = read_pickle(save(tmp_path, archive_of(evil, cut), "broken.pt"))
    assert broken is not None and broken.unknown
    assert broken.dangerous == ("posix.system",)


@pytest.mark.parametrize(
    "name",
    [
        "posix system", "_operator attrgetter", "operator methodcaller", "functools partial",
        "pkgutil resolve_name", "cProfile runctx", "doctest debug_script", "pydoc pipepager",
        "ensurepip _run_pip", "distutils.file_util write_file", "idlelib.run Executive.runcode",
        "lib2to3.pgen2.grammar Grammar.loads", "logging FileHandler", "_io FileIO", "uuid _popen",
        "trace Trace.run", "numpy.f2py.crackfortran getlincoef", "cloudpickle.cloudpickle subimport",
        "numpy.testing._private.utils runstring", "torch.jit.unsupported_tensor_ops execWrapper",
        "torch.utils.bottleneck.__main__ run_cprofile", "torch._dynamo.guards GuardBuilder.get",
        "aiohttp.client ClientSession", "numpy.lib.npyio os.system", "random _os.system",
        "pandas.io.pickle read_pickle", "joblib load", "datetime sys.modules", "builtins eval",
    ],
)  # fmt: skip
def test_imports_that_are_known_to_run_code_are_dangerous(tmp_path: Path, name: str) -> None:
    module, _, last = name.partition(" ")
    text = b"c" + module.encode() + b"\n" + last.encode() + b"\n."
    found = read_pickle(save(tmp_path, text))
    assert found is not None and found.dangerous == (f"{module}.{last}",)


@pytest.mark.parametrize(
    "name",
    [
        "collections OrderedDict", "datetime datetime", "_codecs encode", "uuid UUID", "re _compile",
        "numpy.core.multiarray _reconstruct", "numpy dtype", "torch._utils _rebuild_tensor_v2",
        "sklearn.pipeline Pipeline", "joblib.numpy_pickle NumpyArrayWrapper", "skimage.io Image",
        "pandas._libs.internals _unpickle_block", "scipy.sparse._csr csr_matrix", "builtins set",
    ],
)  # fmt: skip
def test_imports_of_usual_models_are_not(tmp_path: Path, name: str) -> None:
    module, _, last = name.partition(" ")
    found = read_pickle(save(tmp_path, b"\x80\x02c" + f"{module}\n{last}\n.".encode()))
    assert found is not None and found.imports and not found.dangerous


def test_a_file_that_could_not_be_read_is_not_counted_as_read(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("import openai\n")
    (tmp_path / "broken.py").write_text("def broken(:\n")
    (tmp_path / "odd.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "m.pkl").write_bytes(b"")
    found = discover(tmp_path, QUESTIONS, today=TODAY)
    assert (found.files, found.read, len(found.unread)) == (4, 1, 3)
