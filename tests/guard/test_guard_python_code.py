"""Code: what a calculation needs passes, every way out is found."""

import pytest

from seawall.core.verdicts import Outcome
from seawall.guard.detectors.python_code import check

ESCAPES = [
    "open('x')",
    "import os",
    "import os.path",
    "from os import path",
    "__import__('os')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(1, 're' + 'al')",
    "globals()['x']",
    "vars()",
    "().__class__.__base__.__subclasses__()",
    "(1).real.__class__",
    "type(1).mro()",
    "import math\nmath.__loader__",
    "import json\njson.codecs.open('x')",
    "import random\nrandom._os.system('id')",
    "import statistics\nstatistics.sys",
    "import re\nre._compiler",
    "import datetime\ndatetime.sys",
    "from json import codecs",
    "from random import _os",
    "from math import *",
    "import math as m\nm.__dict__",
    "'{0.__class__}'.format(1)",
    "'{0[a].b}'.format({})",
    "x = '{0.__class__}'\nx.format(1)",
    "f'{().__class__}'",
    "lambda: ().__class__",
    "[c for c in ().__class__.__mro__]",
    "(y := ().__class__)",
    "@exec\ndef f(): pass",
    "class A(metaclass=type): pass",
    "class A:\n    def __getattr__(self, n): return n",
    "match 1:\n    case int(__class__=c): print(c)",
    "from pathlib import Path\nPath('x').read_text()",
    "import io\nio.open('x')",
    "import subprocess\nsubprocess.run(['id'])",
    "import socket",
    "import importlib\nimportlib.import_module('os')",
    "breakpoint()",
    "input()",
    "def f():\n    yield open",
    "async def f():\n    pass",
    "import math\nmath.sqrt.__self__",
    "o = open\no('x')",
    "print(__builtins__)",
    "import collections\ncollections.abc.sys",
    "import csv",
    "```python\nimport os\n```",
    "import functools\nfunctools.reduce.__globals__",
    "x = 1\nx.f = 2",
    "import math\nmath.sqrt = print",
    "from . import os",
]
FINE = [
    "print(12 * 340 / 100)",
    "```python\nprint(1 + 1)\n```",
    "    x = 3\n    print(x)",
    "import math, random\nprint(math.pi, random.randint(1, 6))",
    "from datetime import datetime, timedelta\nprint(datetime(2026, 1, 1) + timedelta(days=3))",
    "import datetime\nprint(datetime.date.today().isoformat())",
    "from collections import Counter\nprint(Counter('abc').most_common(1))",
    "import re\nprint(re.sub(r'a+', 'b', 'caat'))",
    "import json\nprint(json.dumps({'a': [1, 2]}, indent=1))",
    "print('{:.2f} and {}'.format(1.5, 'x'))",
    "total = sum(i ** 2 for i in range(10))\nprint(f'{total:>8,}')",
    "from decimal import Decimal\nprint(Decimal('1.10').quantize(Decimal('0.1')))",
    "def add(a, b=2):\n    return a + b\nprint(add(1))",
    "try:\n    print(1 / 0)\nexcept ZeroDivisionError:\n    print('no')",
    "names = ['b', 'a']\nnames.sort()\nprint(', '.join(names))",
    "class P:\n    def __init__(self, x):\n        self.x = x\nprint(P(1).x)",
]


@pytest.mark.parametrize("code", ESCAPES)
def test_ways_out_are_found(code: str) -> None:
    assert check(code, "python-code").outcome is Outcome.FOUND


@pytest.mark.parametrize("code", FINE)
def test_calculations_pass(code: str) -> None:
    verdict = check(code, "python-code")
    assert verdict.outcome is Outcome.CLEAN, verdict.findings


@pytest.mark.parametrize("code", ["print(", "x = = 1", "(" * 500, "\x00", "a" * 200_000])
def test_unreadable_code_is_unknown(code: str) -> None:
    assert check(code, "python-code").outcome is Outcome.UNKNOWN
