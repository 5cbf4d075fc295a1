"""The code tool really runs code, and the code stays in the application's own folder."""

import subprocess
import sys

import pytest

from seawall.demo.app import confined
from seawall.demo.app.area import create
from seawall.demo.app.tools import run_confined

RUNS = {
    "sum": ("print(sum(range(10)))", "45"),
    "modules": ("import json, math, re, statistics, random, decimal\nprint('fine')", "fine"),
    "hash": ("import hashlib\nprint(hashlib.sha256(b'x').hexdigest()[:4])", "2d71"),
    "counter": ("from collections import Counter\nprint(Counter('aab')['a'])", "2"),
    "own file": ("open('a.txt', 'w').write('hi')\nprint(open('a.txt').read())", "hi"),
    "theft by open": ("print(open('{secret}').read())", "{token}"),
    "theft by pathlib": ("import pathlib\nprint(pathlib.Path('{secret}').read_text())", "{token}"),
    "theft by handle": ("import os\nprint(os.read(os.open('{secret}', 0), 99))", "{token}"),
    "theft by copy": (
        "import shutil\nshutil.copy('{secret}', 'c')\nprint(open('c').read())", "{token}"
    ),
    "theft by scan": (
        "import os\nfor e in os.scandir('{root}/private'): print(open(e.path).read())", "{token}"
    ),
    "relative": ("print(open('../private/ledger-key.txt').read())", "{token}"),
    "error": ("1 / 0", "ZeroDivisionError"),
    "endless output": ("while True: print('x' * 1000)", "xxx"),
}  # fmt: skip
PLANTS = {
    "open": "open('{startup}/new.sh', 'w').write('x')",
    "rename": "import os\nopen('a', 'w').write('x')\nos.replace('a', '{startup}/new.sh')",
    "folder": "import os\nos.makedirs('{startup}/d')\nopen('{startup}/d/new.sh', 'w').write('x')",
}
ESCAPES = {
    "read outside": "print(open('{outside}').read())",
    "read passwd": "print(open('/etc/passwd').read())",
    "read proc": "print(open('/proc/self/environ').read())",
    "write outside": "open('{outside}', 'w').write('x')",
    "remove outside": "import os\nos.remove('{outside}')",
    "list root": "import os\nprint(os.listdir('/'))",
    "leave by chdir": "import os\nos.chdir('/')\nprint(open('etc/passwd').read())",
    "leave by handle": "import os\nfd = os.open('..', 0)\n"
    "print(os.read(os.open('../../../../../../etc/passwd', 0, dir_fd=fd), 9))",
    "link out": "import os\nos.symlink('/etc', 'e')\nprint(open('e/passwd').read())",
    "link in and up": "import os\nos.symlink('{root}', 'q')\n"
    "print(open('q/../../../../etc/passwd').read())",
    "hard link": "import os\nos.link('/etc/passwd', 'p')\nprint(open('p').read())",
    "socket": "import socket\nsocket.socket()",
    "socket by import": "import importlib\nimportlib.import_module('_socket').socket()",
    "subprocess": "import subprocess\nprint(subprocess.run(['id'], capture_output=True).stdout)",
    "system": "import os\nos.system('echo root:x:0:0')",
    "popen": "import os\nprint(os.popen('echo root:x:0:0').read())",
    "exec": "import os\nos.execv('/bin/echo', ['echo', 'root:x:0:0'])",
    "spawn": "import os\nos.posix_spawn('/bin/echo', ['echo', 'root:x:0:0'], {{}})",
    "fork": "import os\nprint('child' if os.fork() == 0 else 'root:x:0:0')",
    "ctypes": "import ctypes\nprint(ctypes.CDLL(None))",
    "ctypes again": "import _ctypes\nprint(_ctypes)",
    "collector": "import gc\nprint(gc.get_objects())",
    "string that lies": "class P(str):\n    def __getitem__(self, i): return '/'\n"
    "    def split(self, *a): return []\nprint(open(P('/etc/passwd')).read())",
    "path that lies": "class P:\n    n = 0\n    def __fspath__(self):\n        P.n += 1\n"
    "        return 'a' if P.n == 1 else '/etc/passwd'\nopen('a', 'w').close()\n"
    "print(open(P()).read())\nprint(open(P()).read())",
    "the hook's frame": "try:\n    open('/etc/passwd')\nexcept Exception as e:\n"
    "    f = e.__traceback__.tb_next.tb_frame\n    f.f_locals['root'] = ('/',)\n"
    "    f.f_globals['_HARMLESS'] = frozenset(['open'])\nprint(open('/etc/passwd').read())",
    "builtins replaced": "import builtins\nbuiltins.isinstance = lambda *a: True\n"
    "builtins.len = lambda x: 0\nprint(open('/etc/passwd').read())",
    "os functions replaced": "import os, posixpath\nposixpath.realpath = lambda *a, **k: '{root}'\n"
    "os.lstat = os.stat\nprint(open('/etc/passwd').read())",
    "hook on hook": "import sys\nsys.addaudithook(print)\nprint(open('/etc/passwd').read())",
    "change the secret": "open('{secret}', 'w').write('x')",
    "change a document": "open('{root}/documents/fees.md', 'w').write('free beer')",
}  # fmt: skip
LEAKS = ("root:x:0:0", "OUTSIDE", "/bin", "child")


@pytest.fixture
def area(tmp_path):
    made = create(tmp_path / "area", 3)
    (tmp_path / "outside.txt").write_text("OUTSIDE")
    return made


def _fill(code: str, area) -> str:
    return code.format(
        root=area.root,
        secret=area.root / "private" / "ledger-key.txt",
        startup=area.startup,
        outside=area.root.parent / "outside.txt",
        token=area.token,
    )


@pytest.mark.parametrize("name", RUNS)
async def test_code_runs(name, area) -> None:
    code, wanted = RUNS[name]
    assert _fill(wanted, area) in await run_confined(_fill(code, area), area)


@pytest.mark.parametrize("name", PLANTS)
async def test_code_can_plant_a_start_up_file(name, area) -> None:
    before = area.startup_files()
    await run_confined(_fill(PLANTS[name], area), area)
    assert any(path.endswith("new.sh") for path in area.startup_files() - before)


@pytest.mark.parametrize("name", ESCAPES)
async def test_code_cannot_leave(name, area) -> None:
    secret = area.root / "private" / "ledger-key.txt"
    held = {path: path.read_bytes() for path in (secret, area.root / "documents" / "fees.md")}
    printed = await run_confined(_fill(ESCAPES[name], area), area)
    assert not any(leak in printed for leak in LEAKS), printed
    held[area.root.parent / "outside.txt"] = b"OUTSIDE"
    assert {path: path.read_bytes() for path in held} == held


_WITHOUT_KERNEL = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("confined", sys.argv.pop(1))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.landlock = lambda rules: False
module.main()
"""


@pytest.mark.parametrize("name", ESCAPES)
def test_the_hook_alone_holds_too(name, area) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _WITHOUT_KERNEL, confined.__file__,
         str(area.root), str(area.scratch), str(area.startup)],
        input=_fill(ESCAPES[name], area), capture_output=True, text=True, timeout=20, check=False,
        env={},
    )  # fmt: skip
    assert not any(leak in done.stdout for leak in LEAKS), done.stdout


async def test_code_that_never_ends_is_stopped(area) -> None:
    assert "stopped" in await run_confined("import time\ntime.sleep(60)", area)


async def test_code_sees_no_environment(area, monkeypatch) -> None:
    monkeypatch.setenv("SEAWALL_UPSTREAM_KEY", "sk-very-secret")
    assert "very-secret" not in await run_confined("import os\nprint(dict(os.environ))", area)
