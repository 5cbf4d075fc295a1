"""What a pickle would import and call, read from its opcodes; nothing is unpickled."""

import pickletools
import sys
from collections.abc import Iterator
from typing import BinaryIO

MAX_OPCODES = 2_000_000
# The standard library runs commands, opens files and the net, and imports more: of it only these
# names are known to build plain values. Others' modules count by prefix, by part and by last name.
_STANDARD = sys.stdlib_module_names | frozenset(
    "__builtin__ cPickle commands copy_reg httplib imp distutils lib2to3 idlelib test urllib2 "
    "asyncore asynchat smtpd telnetlib ftplib pipes cgi nntplib _pyrepl".split()
)
_HARMLESS = frozenset(
    "collections.OrderedDict collections.defaultdict collections.Counter collections.deque "
    "datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone "
    "decimal.Decimal fractions.Fraction uuid.UUID array.array array._array_reconstructor "
    "copyreg._reconstructor copy_reg._reconstructor _codecs.encode re._compile random.Random "
    "types.SimpleNamespace pathlib.PosixPath pathlib.Path pathlib.PurePosixPath "
    "pathlib.WindowsPath pathlib.PureWindowsPath zoneinfo.ZoneInfo._unpickle "
    "ipaddress.IPv4Address ipaddress.IPv6Address argparse.Namespace logging.getLogger".split()
)
_HARMLESS_BUILTINS = frozenset(
    "set frozenset xrange dict list tuple int float bool str bytes bytearray complex object range slice "
    "Exception ValueError KeyError TypeError".split()
)
_BUILTINS = ("builtins", "__builtin__")
_PREFIXES = tuple(
    f"{name}."
    for name in "pip setuptools cffi requests aiohttp httpx urllib3 paramiko fabric sh plumbum pexpect "
    "cloudpickle dill._dill numpy.f2py numpy.testing numpy.distutils torch.hub torch.serialization "
    "torch._dynamo torch._inductor torch.fx.experimental torch.jit.unsupported_tensor_ops "
    "torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env "
    "torch.utils.data.datapipes torch.utils.cpp_extension torch.distributed.rpc numexpr jinja2 mako IPython "
    "jupyter_client".split()
)
# A dotted name walks on from module to module: numpy.lib.os.system is os.system.
_PARTS = frozenset("os posix nt subprocess sys builtins importlib shutil socket ctypes pty".split())
_CALLS = frozenset(
    "load loads eval exec execfile compile system popen spawn read_pickle __import__ getattr "
    "import_module resolve_name unpickle unsafe_load full_load load_model sympify parse_expr "
    "lambdify".split()
)
_STRINGS = frozenset(
    "UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 STRING BINSTRING SHORT_BINSTRING".split()
)


def dangerous(name: str) -> bool:
    """Return whether calling an import may let a file run what it wants."""
    first, *parts = name.split(".")
    last = parts[-1] if parts else first
    if first in _BUILTINS:
        return len(parts) != 1 or last not in _HARMLESS_BUILTINS
    if first in _STANDARD:
        return name not in _HARMLESS
    walks = any(part.strip("_") in _PARTS for part in parts)
    return "?" in name or walks or last in _CALLS or name.startswith(_PREFIXES)


class UnreadableError(Exception):
    """The opcodes do not make a pickle, or there are more than are read."""


def imports(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Give (module, name) of each import of every pickle in the file. Raises UnreadableError."""
    recent: list[str] = []
    memo: dict[int, str] = {}
    count = 0
    while True:
        ended = False
        try:
            for opcode, argument, _ in pickletools.genops(file):
                count += 1
                if count > MAX_OPCODES:
                    raise UnreadableError("too long to read whole")
                ended = opcode.name == "STOP"
                yield from _step(opcode.name, argument, recent, memo)
        except (ValueError, EOFError, IndexError, UnicodeDecodeError, OverflowError, MemoryError):
            if ended:
                return
            if not count:
                raise UnreadableError("it is no pickle") from None
            raise UnreadableError("its opcodes break off") from None
        if not ended or not file.seekable():
            return
        following = file.read(1)
        if not following or following != b"\x80":
            return
        file.seek(-1, 1)


def _step(
    name: str, argument: object, recent: list[str], memo: dict[int, str]
) -> Iterator[tuple[str, str]]:
    """Follow texts only: whatever else is pushed counts as "?", which is dangerous to import."""
    if name in ("GLOBAL", "INST"):
        module, _, last = str(argument).partition(" ")
        yield module, last
    elif name in ("EXT1", "EXT2", "EXT4"):
        yield "?", f"extension {argument}"  # a name that only the loading program knows
    elif name == "STACK_GLOBAL":
        module, last = recent[-2:] if len(recent) > 1 else ("?", "?")
        yield module, last
    if name in _TRANSPARENT:
        if name in _KEEPS:
            memo[len(memo) if name == "MEMOIZE" else int(str(argument))] = (recent or ["?"])[-1]
        return
    if name in _STRINGS:
        recent.append(str(argument))
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        recent.append(memo.get(int(str(argument)), "?"))
    else:
        recent.append("?")
    del recent[:-8]


_KEEPS = frozenset("MEMOIZE PUT BINPUT LONG_BINPUT".split())
_TRANSPARENT = _KEEPS | {"FRAME", "PROTO"}
