"""Shell commands that read a file somebody uploaded and print it in a form that nobody reads."""

import re
from collections.abc import Iterator, Sequence

from seawall.guard.code.problem import Problem
from seawall.guard.code.shell import Command, Pipeline, Word
from seawall.guard.code.shell_words import flags

LABEL = "upload-encoded"
# Where code interpreters keep what users uploaded.
_UPLOADED = re.compile(
    r"^/mnt/(?:data|user-data|uploads?|file[_-]?uploads?)(?:/|$)|(?:^|/)(?:uploads?|user_files|attachments)/"
)
_ENCODERS = frozenset(
    [
        "base64",
        "base32",
        "basenc",
        "xxd",
        "od",
        "hexdump",
        "uuencode",
        "gpg",
        "openssl",
        "gzip",
        "bzip2",
        "xz",
        "zstd",
        "rot13",
    ]
)
_BACK = frozenset(["d", "decode", "D", "decompress", "r", "list", "l", "verify", "decrypt"])
_DIGESTS = frozenset(["dgst", "sha256", "sha1", "md5", "x509", "version"])


def encoded_uploads(
    pipeline: Pipeline, resolved: Sequence[tuple[Command, str, list[Word]]]
) -> Iterator[Problem]:
    """Yield a pipeline in which an uploaded file reaches a program that encodes or packs it.

    `resolved`: each of its commands, with name and words as `shell_words.resolved` gives them.
    """
    read = False
    for command, name, words in resolved:
        fed = any(op == "<" and _UPLOADED.search(target.text) for op, target in command.redirects)
        read = read or fed or any(_UPLOADED.search(word.text) for word in words)
        if read and _encodes(name, words):
            yield Problem(
                label=LABEL, start=pipeline.start, end=pipeline.end,
                why=f"{name} encodes an uploaded file", score=0.8,
            )  # fmt: skip
            return


def _encodes(name: str, words: Sequence[Word]) -> bool:
    if name == "openssl" and words and words[0].text in _DIGESTS:
        return False
    turns = name == "tr" and any(
        re.search(r"[a-z]-[a-z][a-z]-[a-z]", w.text.lower()) for w in words
    )
    return turns or (name in _ENCODERS and not _BACK & flags(words))
