"""What a tool's name, description and arguments say, whatever language offers it."""

from collections.abc import Iterator, Sequence
from typing import Any

from seawall.assess.discover.signals import Signal
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import infer

_EFFECTS = {
    "read": "read_only", "write": "write", "send": "send", "pay": "pay", "delete": "delete",
    "execute": "run_code",
}  # fmt: skip
_DEPLOYS = frozenset("deploy release publish rollout merge".split())
_RUNS = frozenset("shell bash terminal exec execute eval python repl sandbox".split())
_ADDRESS = frozenset(
    "url uri link webhook endpoint host address recipient recipients to email".split()
)
_OPENS = frozenset(
    "fetch browse open visit get download request http url web curl send post".split()
)
_HOSTED: dict[str, tuple[str, tuple[tuple[str, Any], ...]]] = {
    "web_search": ("web_search", (("rag.sources_trust", True), ("interface.modalities_in", "web_page"))),
    "web_search_preview": ("web_search", (("rag.sources_trust", True), ("interface.modalities_in", "web_page"))),
    "file_search": ("file_search", (("rag.used", True),)),
    "code_interpreter": ("code_interpreter", (("tools.writes_or_spends", "run_code"),)),
    "computer_use_preview": ("computer_use", (("tools.egress", True), ("tools.writes_or_spends", "write"))),
    "image_generation": ("image_generation", (("interface.modalities_out", "image"),)),
    "local_shell": ("local_shell", (("tools.writes_or_spends", "run_code"),)),
}  # fmt: skip


def tool_signals(
    name: str, description: str, arguments: Sequence[str], path: str, line: int
) -> Iterator[Signal]:
    """Give a tool with the effect that its name and description show, and whether it goes out."""
    schema = {"type": "object", "properties": {key: {"type": "string"} for key in arguments}}
    profile = infer(name, {"description": description[:400], "parameters": schema})
    words = set(split_name(name))
    says: list[tuple[str, Any]] = [("tools.list", name)]
    if words & _DEPLOYS:
        says.append(("tools.writes_or_spends", "deploy"))
    elif words & _RUNS:
        says.append(("tools.writes_or_spends", "run_code"))
    elif not profile.why.startswith("nothing"):
        says.append(("tools.writes_or_spends", _EFFECTS[profile.effect]))
    effect = says[1][1].replace("_", " ") if len(says) > 1 else "effect not known"
    yield Signal(kind="tool", what=f"{name} ({effect})", path=path, line=line, says=tuple(says))
    if words & _OPENS and {w for key in arguments for w in split_name(key)} & _ADDRESS:
        yield Signal(kind="egress", what=f"{name} takes an address", path=path, line=line,
                     says=(("tools.egress", True),))  # fmt: skip


def hosted_tool(kind: str, path: str, line: int) -> Iterator[Signal]:
    """Give a tool that the provider runs, by its `type`."""
    known = _HOSTED.get(kind) or _HOSTED.get(kind.rpartition("_20")[0])
    if known is not None:
        name, says = known
        yield Signal(kind="tool", what=f"{name} (of the provider)", path=path, line=line,
                     says=(("tools.list", name), *says), weak=True)  # fmt: skip
