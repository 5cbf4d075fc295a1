"""Tools that do many things, by an argument that says which: `mail(action="send", to=...)`.

Each of its actions is inferred like a tool of its own: send_mail, trash_mail.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.policy.provenance.arguments import properties_of, split_name
from seawall.policy.provenance.infer import UNKNOWN, ToolProfile, alike, infer
from seawall.policy.provenance.tool_words import NAME_EFFECT
from seawall.policy.provenance.words import READ, WRITE

# What such an argument is called.
_ARGUMENTS = frozenset(
    "action actions do what command cmd op operation verb act method function task todo aktion acción azione ação".split()
)
# Names of actions that only look something up, beside the known words for that.
_LOOKS = frozenset(
    "ls cat dir who day week month today agenda all info stat stats status balance statement limits me rooms orders cart page "
    "inbox history".split()
)
# Doings that are things in the name of a tool, by a plainer word.
_PLAINER = {"bin": "trash", "whisper": "message", "dm": "message"}
_MOST = 40
_NAME = re.compile(r"[\w.-]{1,40}")


def action_argument(definition: Mapping[str, Any]) -> str:
    """Return the argument of a tool that says what it is to do, "" where none does."""
    for name, one in _own(definition).items():
        options = _options(one)
        named = bool(options) and not _ARGUMENTS.isdisjoint(split_name(name)[-1:])
        if named and any(map(_is_doing, options)):
            return name
    return ""


class Actions:
    """The actions of one tool, each as a tool of its own."""

    def __init__(self, name: str, definition: Mapping[str, Any]) -> None:
        self._tool = name
        self._said = said if isinstance(said := definition.get("description"), str) else ""
        self.argument = action_argument(definition)
        self._properties = _own(definition)
        options = _options(self._properties.get(self.argument))[:_MOST] if self.argument else []
        own = {option: self._inferred(option, {}) for option in options}
        named = {self._name(option): option for option in own}
        joint = alike({self._name(option): one for option, one in own.items()})
        self.profiles = {named[one]: profile for one, profile in joint.items()}

    def meant(self, arguments: Mapping[str, Any]) -> ToolProfile | None:
        """Return the action that a call means, None where it names none."""
        option = arguments.get(self.argument)
        known = self.profiles.get(option) if isinstance(option, str) else None
        free: dict[str, Any] = {
            key: {}
            for name, value in arguments.items()
            if isinstance(value, dict) and name in self._properties
            for key in value
        }
        if known is None or not free or not isinstance(option, str):
            return known
        return self._inferred(option, free)

    def rest(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return a call's arguments without the one that names the action."""
        return {name: value for name, value in arguments.items() if name != self.argument}

    def looked_up(self, arguments: str) -> str:
        """Return folded arguments without the action: what is left says what was looked up."""
        named = rf'"{re.escape(self.argument.casefold())}": ?"[^"]*"(?:, ?)?'
        return re.sub(named, "", arguments).replace(", }", "}")

    def _name(self, option: str) -> str:
        return f"{_PLAINER.get(option.casefold(), option)}_{self._tool}"

    def _inferred(self, option: str, free: Mapping[str, Any]) -> ToolProfile:
        """Infer one action; `free`: keys of an argument whose schema names none."""
        taken = _signature(option, self._said)
        own = {
            one: about
            for one, about in self._properties.items()
            if one != self.argument and (taken is None or one in taken)
        }
        name = self._name(option)
        found = infer(name, {"parameters": {"type": "object", "properties": {**own, **free}}})
        found = msgspec.structs.replace(found, tool=self._tool)
        words = split_name(_PLAINER.get(option.casefold(), option))
        if option.casefold() in _LOOKS and not free:
            return msgspec.structs.replace(found, effect=READ, why="its name")
        if (
            words
            and (found.effect == READ or not any(word in NAME_EFFECT for word in words))
            and (free or not any(NAME_EFFECT.get(word) == READ for word in words))
        ):
            verbs = found.verbs | {words[0]}
            return msgspec.structs.replace(
                found,
                effect=WRITE,
                doing=words[0],
                verbs=verbs,
                nouns=found.nouns - verbs,
                why=UNKNOWN,
            )
        return found


def _own(definition: Mapping[str, Any]) -> dict[str, Any]:
    parameters = definition.get("parameters")
    own = parameters.get("properties") if isinstance(parameters, dict) else None
    return own if isinstance(own, dict) else properties_of(parameters)


def _options(one: Any) -> list[str]:
    listed = one.get("enum") if isinstance(one, dict) else None
    if not isinstance(listed, list) or len(listed) < 2:
        return []
    return [text for text in listed if isinstance(text, str) and _NAME.fullmatch(text)]


def _is_doing(option: str) -> bool:
    return any(word in NAME_EFFECT for word in split_name(option))


def _signature(option: str, description: str) -> set[str] | None:
    """Return the arguments that the description gives an action, None where it gives none: `send (to, text)`."""
    found = re.search(rf"(?<![\w-]){re.escape(option)} ?\(([^()]{{1,200}})\)", description)
    return set(re.findall(r"\w+", found[1])) if found else None
