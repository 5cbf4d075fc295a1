"""YAML files with errors that name the file and the line."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from seawall.core import yamlhints
from seawall.core.errors import InputError

T = TypeVar("T")
MAX_BYTES = 4_000_000
_DEEPEST = 50


class _Unique(yaml.constructor.SafeConstructor):
    """Refuses duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    None, None, f"duplicate key {key!r}", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Loader(_Unique, yaml.SafeLoader):
    """SafeLoader that refuses duplicate keys and aliases (no billion laughs)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)


class _Quick(_Unique, yaml.CSafeLoader):
    """The same in C, for texts without aliases or deep nesting, which it cannot refuse."""


# Dates stay text: the files' types say which strings are dates.
_RESOLVERS = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_implicit_resolvers = _RESOLVERS
_Quick.yaml_implicit_resolvers = _RESOLVERS

# The parser's own words for what stands in a file.
_PARSER = {
    "'<stream end>'": "the end of the file",
    "the node content": "a value",
    "but found another document": "a second document (---) begins here, a file holds one",
}


def _plain(text: str) -> bool:
    """Return whether the text has no aliases and is not nested deeply."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
            return False
    return True


def parse(text: str, name: str) -> Any:
    """Parse YAML text. Raises InputError naming `name` and the line."""
    try:
        if _plain(text):
            return yaml.load(text, Loader=_Quick)  # noqa: S506 - subclass of SafeLoader
    except (yaml.YAMLError, ValueError):
        pass  # read once more below, for an error with its line
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        told = str(error.problem)
        for words, plain in _PARSER.items():
            told = told.replace(words, plain)
        raise InputError(f"{name}:{line}: {told}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{name}: not readable as YAML: {error}.") from None


def read_text(path: Path) -> str:
    """Read a UTF-8 file of at most MAX_BYTES. Raises InputError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES} bytes.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: cannot be read: {reason}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: cannot be read: it is no UTF-8 text.") from None


def line_of(text: str, keys: list[str | int]) -> int:
    """Return the 1-based line of the node at `keys`, or of its nearest ancestor that exists."""
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    line = 1
    for key in keys:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key_node, value_node in node.value:
                if key_node.value == str(key):
                    found, line = value_node, key_node.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = node.value[key]
            line = found.start_mark.line + 1
        if found is None:
            break
        node = found
    return line


def _split_path(path: str) -> list[str | int | None]:
    """Split msgspec's `$.a[0].b` into keys; None for `[...]`, which is any key or item."""
    keys: list[str | int | None] = []
    for piece in path.removeprefix("$").replace("[", ".[").split("."):
        inner = piece[1:-1]
        if piece.startswith("["):
            keys.append(int(inner) if inner.isdigit() else None)
        elif piece and not piece.endswith("]"):
            keys.append(piece)
    return keys


def _exact(raw: Any, path: str, message: str, kind: type[T]) -> list[str | int | None]:
    """Return the keys of msgspec's path, with that key for None which it leaves open.

    It is the one without which the same error is no longer reported first.
    """
    keys = _split_path(path)
    while None in keys:
        at = keys.index(None)
        node = raw
        for key in keys[:at]:
            node = node[key]
        found = _faulty(raw, node, message, kind) if isinstance(node, dict) else None
        if found is None:
            break
        keys[at] = found
    return keys


def _faulty(raw: Any, node: dict[Any, Any], message: str, kind: type[Any]) -> str | None:
    for key in list(node):
        value = node.pop(key)
        try:
            msgspec.convert(raw, kind)
            same = False
        except msgspec.ValidationError as error:
            same = str(error) == message
        node[key] = value  # moved to the end: order does not matter to the next tries
        if not same and isinstance(key, str) and key.isprintable():
            return key
    return None


def _shown(keys: list[str | int | None]) -> str:
    return "$" + "".join(f".{key}" if isinstance(key, str) else f"[{_or_any(key)}]" for key in keys)


def _or_any(key: int | None) -> str:
    return "..." if key is None else str(key)


def decode(text: str, name: str, kind: type[T]) -> T:
    """Parse YAML text into `kind`. Raises InputError naming file, line and field."""
    raw = parse(text, name)
    if raw is None:
        raise InputError(f"{name}: the file is empty.")
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        found = _exact(raw, path.rstrip("`"), str(error), kind)
        sure = found.index(None) if None in found else len(found)
        keys = [key for key in found[:sure] if key is not None]
        unknown = message.partition("unknown field `")[2].rstrip("`")
        line = line_of(text, [*keys, unknown] if unknown else keys)
        where = f" (at {_shown(found)})" if found else ""
        hint = yamlhints.hint(message, kind, keys) if sure == len(found) else ""
        raise InputError(f"{name}:{line}: {message}{where}.", hint=hint) from None


def load(path: Path, kind: type[T]) -> T:
    """Read a YAML file into `kind`. Raises InputError naming file, line and field."""
    return decode(read_text(path), str(path), kind)
