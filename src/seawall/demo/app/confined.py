"""Start-up code of the process in which `run_python` runs: confines it, then runs stdin's code.

Runs as `python -I -S confined.py ROOT WRITABLE...`, imports nothing of ours. Layers: resource
limits; Landlock where the kernel has it; an audit hook. The hook uses nothing but its default
arguments, so that code which gets hold of its frame finds nothing that it could change.
"""

import os
import posix
import sys
from typing import Any

# C modules that may be loaded on demand; everything else made of C is refused.
_NATIVE = frozenset(
    """
    math cmath _json _struct _random _datetime _decimal _statistics _csv _bisect _heapq _md5
    _sha1 _sha2 _sha256 _sha512 _sha3 _blake2 zlib binascii _collections _functools
    _operator itertools _string _sre time errno array unicodedata _typing _opcode
    _contextvars _queue atexit _ast _tokenize _locale _abc _codecs _weakref _io marshal
    _stat _pickle _symtable _suggestions _imp
    """.split()  # noqa: SIM905 - a list of words
)
# Loaded here before the confinement, or a way around it: not to be imported again.
_REFUSED = frozenset("ctypes _ctypes resource gc _testcapi _testinternalcapi".split())  # noqa: SIM905
_HARMLESS = frozenset(
    """
    exec compile marshal.loads marshal.load object.__getattr__ object.__setattr__
    object.__delattr__ builtins.id builtins.input builtins.input/result sys.unraisablehook
    sys.excepthook sys._getframe sys._getframemodulename time.sleep array.__new__
    function.__new__ cpython.PyInterpreterState_Clear cpython._PySys_ClearAuditHooks
    glob.glob glob.glob/2 pathlib.Path.glob pathlib.Path.rglob os.walk os.fwalk
    shutil.copyfile shutil.copymode shutil.copystat shutil.copytree shutil.rmtree
    shutil.move tempfile.mkstemp tempfile.mkdtemp string.Template.substitute
    """.split()  # noqa: SIM905 - a list of words
)
# Events on files: how many of the arguments are paths, and where the directory handles stand.
_ON_FILES = (
    ("os.listdir", 1, (), False), ("os.scandir", 1, (), False), ("os.chdir", 1, (), False),
    ("os.remove", 1, (1,), True), ("os.rmdir", 1, (1,), True), ("os.mkdir", 1, (2,), True),
    ("os.chmod", 1, (2,), True), ("os.truncate", 1, (), True), ("os.utime", 1, (3,), True),
    ("os.rename", 2, (2, 3), True), ("os.symlink", 2, (2,), True),
    ("os.listxattr", 1, (), False), ("os.getxattr", 1, (), False), ("os.setxattr", 1, (), True),
)  # fmt: skip


def limit() -> None:
    """Bound processor time (s), memory, file size (bytes), open files and processes."""
    import resource

    for name, value in (
        ("RLIMIT_CPU", 2),
        ("RLIMIT_AS", 512 << 20),
        ("RLIMIT_FSIZE", 1 << 20),
        ("RLIMIT_NOFILE", 48),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_CORE", 0),
    ):
        kind = getattr(resource, name, None)
        if kind is not None:
            resource.setrlimit(kind, (value, value))


def landlock(rules: tuple[tuple[str, bool], ...]) -> bool:
    """Let the kernel confine file access to (path, writable) rules; False where it cannot.

    Landlock (Linux 5.13): right bits 2 and 3 read files and folders, 1 and 4..12 change; bit 13
    (ABI 2) moves between folders.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    class Rule(ctypes.Structure):
        _pack_ = 1
        _fields_ = (("rights", ctypes.c_uint64), ("handle", ctypes.c_int32))

    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(444, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    every = (1 << (14 if version >= 2 else 13)) - 1
    reading = (1 << 2) | (1 << 3)
    # Devices, sockets and pipes are never made (bits 6, 9, 10, 11), nothing is executed (bit 0).
    writing = every & ~(1 | (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11))
    ruleset = libc.syscall(444, ctypes.byref(ctypes.c_uint64(every)), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    done = True
    for path, writable in rules:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = Rule(writing if writable else reading, handle)
        done = libc.syscall(445, ruleset, 1, ctypes.byref(rule), 0) == 0 and done
        os.close(handle)
    done = libc.prctl(38, 1, 0, 0, 0) == 0 and done
    done = libc.syscall(446, ruleset, 0) == 0 and done
    os.close(ruleset)
    return done


def make_hook(root: tuple[str, ...], writable: tuple[str, ...], kernel: bool) -> Any:
    """Return the audit hook. It refuses every event that is not known to be harmless here.

    One long function: helpers would be globals that the code could replace.
    """

    def hook(
        event: str,
        args: Any,
        root: Any = root,
        writable: Any = writable,
        kernel: Any = kernel,
        native: Any = _NATIVE,
        refused: Any = _REFUSED,
        harmless: Any = _HARMLESS,
        on_files: Any = _ON_FILES,
        builtin: Any = frozenset(sys.builtin_module_names),
        getcwd: Any = posix.getcwd,
        normal: Any = posix._path_normpath,  # type: ignore[attr-defined]
        isa: Any = isinstance,
        size: Any = len,
        text: Any = str,
        raw: Any = bytes,
        whole: Any = int,
        denied: Any = PermissionError,
        missing: Any = ImportError,
    ) -> None:
        if event in harmless:
            return
        if event == "import":
            made_of_c = args[1] is not None or args[0] in builtin
            if args[0] in refused or (made_of_c and args[0] not in native):
                raise missing("this module is not available here")
            return
        if event == "open":
            paths, writing = args[:1], (args[2] & 0o3) != 0 or (args[2] & 0o1100) != 0
            # os.open (no mode) may start at a folder handle that the event does not show.
            anchored = args[1] is not None or kernel
        else:
            for name, count, handles, changes in on_files:
                # Links and a moving current folder are safe only where the kernel checks too.
                if event == name and (kernel or name not in ("os.symlink", "os.chdir")):
                    paths, writing, anchored = args[:count], changes, True
                    for place in handles:
                        if args[place] != -1:
                            raise denied("not allowed here: " + event)
                    break
            else:
                raise denied("not allowed here: " + event)
        for path in paths:
            if isa(path, whole) and event != "os.chdir":
                continue
            if path is None:
                path = "."
            if isa(path, raw):
                path = raw.decode(path, "utf-8", "surrogateescape")
            if not isa(path, text):
                raise denied("not allowed here: " + event)
            path = text.__str__(path)
            absolute = path[:1] == "/"
            if "\0" in path or (not absolute and not anchored and ".." in path):
                raise denied("not allowed here: " + event)
            full = normal(path if absolute else getcwd() + "/" + path)
            for place in writable if writing else root:
                if full == place or full[: size(place) + 1] == place + "/":
                    break
            else:
                raise denied("not allowed here: " + event)

    return hook


def main() -> None:
    """Confine this process, then run the code on standard input."""
    import binascii  # noqa: F401 - its library lies where the code may not read

    root, *writable = (os.path.realpath(path) for path in sys.argv[1:])
    library = os.path.dirname(os.path.realpath(os.__file__))  # noqa: PTH120 - pathlib is slow here
    code = sys.stdin.read()
    os.chdir(writable[0])
    limit()
    kernel = landlock(((root, False), (library, False), *((path, True) for path in writable)))
    sys.argv = ["code.py"]
    for name in [*_REFUSED, "ctypes._endian"]:
        sys.modules.pop(name, None)
    sys.addaudithook(make_hook((root, library), tuple(writable), kernel))
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__"})  # noqa: S102 - its purpose


if __name__ == "__main__":
    main()
