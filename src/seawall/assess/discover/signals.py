"""What a repository shows: signals with file and line, and the kinds of them."""

from typing import Any, Literal

import msgspec

Level = Literal["note", "warning", "error"]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of signal: its title, how serious one is, the risk it is about ("" for none)."""

    title: str
    level: Level = "note"
    risk: str = ""


KINDS: dict[str, Kind] = {
    "model-call": Kind(title="A model is called"),
    "model-name": Kind(title="A model is named"),
    "tool": Kind(title="The model can call a tool", risk="SEC-05"),
    "mcp-server": Kind(title="An MCP server is configured", risk="SEC-07"),
    "prompt": Kind(title="A system prompt"),
    "prompt-secret": Kind(
        title="A prompt holds what must stay secret", level="error", risk="SEC-03"
    ),
    "retrieval": Kind(title="Documents are retrieved", risk="SEC-02"),
    "outside-source": Kind(
        title="Outsiders can write what is read", level="warning", risk="SEC-02"
    ),
    "output-run": Kind(title="What a model wrote is run", level="error", risk="SEC-08"),
    "output-rendered": Kind(title="What a model wrote is rendered", level="warning", risk="SEC-04"),
    "secret": Kind(title="A credential in the code", level="error", risk="SEC-14"),
    "pickle": Kind(title="A pickled file", level="warning", risk="SEC-11"),
    "pickle-danger": Kind(title="A pickled file that runs code", level="error", risk="SEC-11"),
    "memory": Kind(title="Conversations are kept", risk="SEC-09"),
    "fine-tuning": Kind(title="A model is trained or tuned", risk="SEC-11"),
    "prompt-log": Kind(title="Prompts or answers are logged", level="warning", risk="PRI-06"),
    "agents": Kind(title="Several agents", risk="SEC-10"),
    "input": Kind(title="A kind of input"),
    "output": Kind(title="A kind of output"),
    "unpinned": Kind(title="A component without version or hash", level="warning", risk="SEC-07"),
    "remote-code": Kind(title="Code of a model's publisher is run", level="error", risk="SEC-11"),
    "approval": Kind(title="Whether a person approves"),
    "egress": Kind(title="A tool takes any address", level="warning", risk="SEC-02"),
    "biometrics": Kind(title="Faces, voices or bodies are read", level="warning", risk="LEG-01"),
    "traffic": Kind(title="It passes the gateway"),
    "unread": Kind(title="Not read: nothing is known of it", level="warning"),
}


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing at one place. `path` is relative to the repository, `line` counts from 1.

    `what` never holds a text of the file beyond names. `says` are (fact, value) pairs: one answer,
    or one item of a list; a value of None only points at the question. `weak`: counts only where
    the repository calls a model too.
    """

    kind: str
    what: str
    path: str
    line: int = 1
    says: tuple[tuple[str, Any], ...] = ()
    weak: bool = False

    @property
    def place(self) -> str:
        """Return `path:line`."""
        return f"{self.path}:{self.line}"
