"""Runs in a child process: executes code that may touch the application's own folder only."""

import os
import resource
import sys

_LIMITS = (
    (resource.RLIMIT_CPU, 3),
    (resource.RLIMIT_FSIZE, 1_000_000),
    (resource.RLIMIT_AS, 1 << 30),
    (resource.RLIMIT_CORE, 0),
)
_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.kill", "os.putenv", "ctypes.", "pty.", "os.startfile", "webbrowser.", "ftplib.", "smtplib.",
    "urllib.", "http.", "sqlite3.", "mmap.", "syslog.", "signal.", "os.setxattr", "os.chown",
    "sys.addaudithook", "_thread.start", "resource.", "marshal.load", "code.__new__",
)  # fmt: skip
_PATHS = (
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link",
    "os.symlink", "os.chmod", "os.truncate", "os.utime", "os.chdir", "shutil.", "glob.", "pathlib.",
    "tempfile.", "os.walk", "os.fwalk", "os.chflags", "os.lockf", "os.getxattr", "os.listxattr",
)  # fmt: skip


def _guard(area: str) -> None:
    """Install the audit hook: paths inside the area, library files to read, nothing else."""
    libraries = tuple({os.path.realpath(path) for path in (sys.base_prefix, *sys.path) if path})
    realpath, join = os.path.realpath, os.path.join
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

    def inside(path: object) -> bool:
        try:
            real = realpath(os.fsdecode(path))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
        return real == area or real.startswith(join(area, ""))

    def library(path: object) -> bool:
        real = realpath(os.fsdecode(path))  # type: ignore[arg-type]
        return any(real.startswith(join(folder, "")) for folder in libraries)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"{event} is not allowed here")
        if not event.startswith(_PATHS):
            return
        for argument in arguments:
            if not isinstance(argument, str | bytes | os.PathLike) or not argument:
                continue
            if event == "open" and argument is not arguments[0]:
                continue
            if inside(argument):
                continue
            flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
            reads = isinstance(flags, int) and not flags & writing
            if event in ("open", "os.listdir", "os.scandir") and reads and library(argument):
                continue
            raise PermissionError("outside of the application's folder")

    sys.addaudithook(hook)


def main() -> None:
    """Read code from standard input and run it; argv: the application's folder."""
    area = os.path.realpath(sys.argv[1])
    source = sys.stdin.read()
    for kind, most in _LIMITS:
        resource.setrlimit(kind, (most, most))
    code = compile(source, "<tool>", "exec")
    _guard(area)
    exec(code, {"__name__": "__main__"})  # noqa: S102 - what this process is for


if __name__ == "__main__":
    main()
