"""Compile the published OSCAL models into the rules that tests check our files by.

    python scripts/oscal_rules.py OSCAL/src/metaschema tests/govern/oscal_rules.json

OSCAL's Metaschema files (NIST, public domain) say which names may stand where, how often, of which
type, and with which values. Of these facts alone a JSON Schema is written; no text is taken over.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element
Schema = dict[str, Any]
NS = "{http://csrc.nist.gov/ns/oscal/metaschema/1.0}"
ROOTS = {
    "assessment-results": "oscal_assessment-results_metaschema.xml",
    "component-definition": "oscal_component_metaschema.xml",
}
_ENTITY = re.compile(r'<!ENTITY\s+(\S+)\s+SYSTEM\s+"([^"]+)"\s*>')
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
_LINE = {"type": "string", "pattern": r"^\S(.*\S)?$"}
# Our words for the data types that the models name.
TYPES: dict[str, Schema] = {
    "uuid": {
        "type": "string",
        "pattern": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}"
        "-[0-9A-Fa-f]{12}$",
    },
    "token": {"type": "string", "pattern": r"^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$"},
    "string": _LINE,
    "markup-line": {"type": "string"},
    "markup-multiline": {"type": "string"},
    "uri": {"type": "string", "pattern": r"^[a-zA-Z][a-zA-Z0-9+\-.]+:.+$"},
    "uri-reference": {"type": "string", "pattern": r"^\S+$"},
    "date-time-with-timezone": {"type": "string", "pattern": f"{_DAY}{_CLOCK}{_ZONE}$"},
    "date-time": {"type": "string", "pattern": f"{_DAY}{_CLOCK}{_ZONE}?$"},
    "date": {"type": "string", "pattern": f"{_DAY}{_ZONE}?$"},
    "email": {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+$"},
    "base64": {"type": "string", "pattern": r"^[0-9A-Za-z+/]+={0,2}$"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "non-negative-integer": {"type": "integer", "minimum": 0},
    "positive-integer": {"type": "integer", "minimum": 1},
    "decimal": {"type": "number"},
}
_OLD_NAMES = {
    "dateTime-with-timezone": "date-time-with-timezone",
    "dateTime": "date-time",
    "nonNegativeInteger": "non-negative-integer",
    "positiveInteger": "positive-integer",
    "base64Binary": "base64",
}
_VALUE_KEYS = {"markup-line": "RICHTEXT", "markup-multiline": "PROSE"}


class Models:
    """The definitions that one root can reach, and the schema made of them."""

    def __init__(self, folder: Path, root: str) -> None:
        self.folder = folder
        self.files: dict[str, bytes] = {}
        self.definitions: dict[tuple[str, str], Element] = {}
        self._load(root)
        self.made: dict[str, Schema] = {}
        self.lists = 0

    def _load(self, name: str) -> None:
        if name in self.files:
            return
        self.files[name] = (self.folder / name).read_bytes()
        tree = ElementTree.fromstring(self._expanded(self.files[name].decode()))
        for node in tree:
            kind = node.tag.removeprefix(NS)
            if kind.startswith("define-"):
                self.definitions[kind.removeprefix("define-"), node.attrib["name"]] = node
        for node in tree.findall(f"{NS}import"):
            self._load(node.attrib["href"])

    def _expanded(self, text: str) -> str:
        """Put the named fragments in; the parser does not fetch them."""
        for name, href in _ENTITY.findall(text):
            part = (self.folder / href).read_text()
            text = text.replace(f"&{name};", re.sub(r"<\?xml.*?\?>", "", part))
        return re.sub(r"<!DOCTYPE.*?\]>", "", text, flags=re.DOTALL)

    def of(self, kind: str, node: Element) -> Element:
        """Return the definition that an instance uses."""
        ref = node.get("ref")
        return node if ref is None else self.definitions[kind, ref]

    def ref(self, kind: str, definition: Element) -> Schema:
        """Return the place of a definition's schema, making it where it is not made."""
        name = definition.attrib["name"]
        if self.definitions.get((kind, name)) is not definition:
            return self.schema(kind, definition)
        key = f"{kind} {name}"
        if key not in self.made:
            self.made[key] = {}
            self.made[key].update(self.schema(kind, definition))
        return {"$ref": f"#/$defs/{key.replace(' ', '%20')}"}

    def schema(self, kind: str, definition: Element) -> Schema:
        if kind == "flag":
            return self.typed(definition)
        if kind == "field":
            return self.field(definition)
        found: Schema = {"type": "object", "additionalProperties": False}
        properties, required = self.flags(definition)
        for name, many, node in children(definition.find(f"{NS}model")):
            child_kind = node.tag.removeprefix(NS).removeprefix("define-")
            child = self.ref(child_kind, self.of(child_kind, node))
            properties[name] = many_of(node, child) if many else child
            if node.get("min-occurs", "0") != "0" and not node.get("of-choice"):
                required.append(name)
        found["properties"] = properties
        if required:
            found["required"] = sorted(required)
        rules = list(self.values(definition))
        return {**found, "allOf": rules} if rules else found

    def flags(self, definition: Element) -> tuple[dict[str, Schema], list[str]]:
        properties: dict[str, Schema] = {}
        required = []
        for node in definition:
            if node.tag not in (f"{NS}flag", f"{NS}define-flag"):
                continue
            flag = self.of("flag", node)
            name = text_of(node, "use-name") or text_of(flag, "use-name") or flag.attrib["name"]
            properties[name] = self.ref("flag", flag)
            if node.get("required") == "yes":
                required.append(name)
        return properties, required

    def field(self, definition: Element) -> Schema:
        properties, required = self.flags(definition)
        typed = self.typed(definition)
        if not properties:
            return typed
        kind = definition.get("as-type", "string")
        key = text_of(definition, "json-value-key") or _VALUE_KEYS.get(kind, "STRVALUE")
        return {
            "type": "object", "additionalProperties": False,
            "properties": {**properties, key: typed}, "required": sorted([*required, key]),
        }  # fmt: skip

    def typed(self, definition: Element) -> Schema:
        name = definition.get("as-type", "string")
        found = TYPES[_OLD_NAMES.get(name, name)]
        values = sorted({value for path, value in closed(definition) if path in ("", ".")})
        self.lists += bool(values)
        return {**found, "enum": values} if values else found

    def values(self, definition: Element) -> Iterator[Schema]:
        """Give a rule for each closed list of values that an assembly has about what is in it."""
        paths: dict[str, set[str]] = {}
        for path, value in closed(definition):
            if path not in ("", "."):
                paths.setdefault(path, set()).add(value)
        for path, values in sorted(paths.items()):
            rule = self.along(definition, path.split("/"), {"enum": sorted(values)})
            if rule is not None:
                self.lists += 1
                yield rule

    def along(self, definition: Element, steps: list[str], rule: Schema) -> Schema | None:
        """Return the rule at the end of a path; None for a path of another kind."""
        if not steps or steps == ["."]:
            return rule
        step = steps[0]
        if step.startswith("@"):
            return (
                {"properties": {step[1:]: rule}} if step[1:] in self.flags(definition)[0] else None
            )
        for name, many, node in children(definition.find(f"{NS}model")):
            kind = node.tag.removeprefix(NS).removeprefix("define-")
            child = self.of(kind, node)
            if step == (
                text_of(node, "use-name") or text_of(child, "use-name") or child.get("name")
            ):
                inner = self.along(child, steps[1:], rule)
                if inner is None:
                    return None
                return {"properties": {name: {"items": inner} if many else inner}}
        return None


def children(model: Element | None) -> Iterator[tuple[str, bool, Element]]:
    """Give each child of a model: its JSON name, whether it is a list, its node."""
    for node in () if model is None else model:
        if node.tag == f"{NS}choice":
            for name, many, inner in children(node):
                inner.set("of-choice", "yes")
                yield name, many, inner
            continue
        if node.tag.removeprefix(NS) not in (
            "assembly",
            "field",
            "define-assembly",
            "define-field",
        ):
            continue
        group = node.find(f"{NS}group-as")
        if group is not None:
            yield group.attrib["name"], True, node
        else:
            yield text_of(node, "use-name") or node.get("ref") or node.attrib["name"], False, node


def many_of(node: Element, child: Schema) -> Schema:
    """Return the schema of a list, or of an object whose keys are a flag of its members."""
    group = node.find(f"{NS}group-as")
    form = "SINGLETON_OR_ARRAY" if group is None else group.get("in-json", "SINGLETON_OR_ARRAY")
    if form != "ARRAY":
        raise SystemExit(f"a list in a form that is not supported: {form}")
    return {"type": "array", "minItems": 1, "items": child}


def closed(definition: Element) -> Iterator[tuple[str, str]]:
    """Give (path, value) of each closed list of values; those with conditions are left out."""
    for node in definition.findall(f"{NS}constraint/{NS}allowed-values"):
        path = node.get("target", "")
        if node.get("allow-other") != "yes" and not set(path) & set("[(*|"):
            yield from ((path, value.attrib["value"]) for value in node.findall(f"{NS}enum"))


def text_of(node: Element, name: str) -> str:
    """Return the text of a child element, "" without one."""
    return (node.findtext(f"{NS}{name}") or "").strip()


def compiled(folder: Path) -> Schema:
    """Return the rules of both documents, by the name of their root."""
    found: Schema = {}
    for root, name in ROOTS.items():
        models = Models(folder, name)
        start = models.ref("assembly", models.definitions["assembly", root])
        sources = {key: hashlib.sha256(raw).hexdigest() for key, raw in models.files.items()}
        found[root] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": f"Facts of NIST's OSCAL models (public domain), compiled; {models.lists} "
            f"closed lists. SHA-256 of the sources: {json.dumps(sources, sort_keys=True)}",
            "type": "object", "additionalProperties": False, "required": [root],
            "properties": {"$schema": {"type": "string"}, root: start},
            "$defs": dict(sorted(models.made.items())),
        }  # fmt: skip
    return found


def main() -> int:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    rules = json.dumps(compiled(folder), indent=1, sort_keys=True, ensure_ascii=False)
    out.write_text(rules + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
