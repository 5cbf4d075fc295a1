"""Renew the pinned framework indexes: python scripts/build_frameworks.py SOURCES

SOURCES is a folder with one YAML file per framework, as its publisher gives the ids (any nesting;
every mapping that has an id and a name, title, heading or text counts):
  mitre-atlas.yaml  owasp-llm.yaml  owasp-asi.yaml  owasp-mcp.yaml  nist-ai-600-1.yaml
  nist-ai-rmf.yaml  eu-ai-act.yaml  gdpr.yaml
Only ids and official short titles are carried over; where a licence forbids copying texts, ids
and titles are used as facts. A framework without a file in SOURCES stays as it is.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent.parent / "src/seawall/catalog/data/frameworks"
CC_BY_SA = "Text CC BY-SA 4.0 (not carried); ids and titles as facts"
EU_LAW = "EU legislation, reuse under Commission Decision 2011/833/EU"
FRAMEWORKS: dict[str, dict[str, str]] = {
    "mitre-atlas": {
        "title": "MITRE ATLAS techniques and mitigations",
        "pin": "2026.07",
        "url": "https://atlas.mitre.org/",
        "licence": "Apache-2.0",
        "attribution": "MITRE ATLAS, (c) 2021-2026 The MITRE Corporation, Apache-2.0.",
        "ids": r"AML\.[TM]\d{4}(\.\d{3})?",
    },
    "owasp-llm": {
        "title": "OWASP Top 10 for LLM Applications",
        "pin": "2025",
        "url": "https://genai.owasp.org/llm-top-10/",
        "licence": CC_BY_SA,
        "attribution": "OWASP Top 10 for LLM Applications 2025, OWASP Foundation.",
        "ids": r"LLM\d\d",
    },
    "owasp-asi": {
        "title": "OWASP Top 10 for Agentic Applications",
        "pin": "2026",
        "url": "https://genai.owasp.org/",
        "licence": CC_BY_SA,
        "attribution": "OWASP Top 10 for Agentic Applications 2026, OWASP Foundation.",
        "ids": r"ASI\d\d",
    },
    "owasp-mcp": {
        "title": "OWASP MCP Top 10",
        "pin": "2025",
        "url": "https://owasp.org/www-project-mcp-top-10/",
        "licence": CC_BY_SA,
        "attribution": "OWASP MCP Top 10 2025, OWASP Foundation.",
        "ids": r"MCP\d\d",
    },
    "nist-ai-600-1": {
        "title": "NIST AI 600-1, Generative AI Profile: risks",
        "pin": "2024-07",
        "url": "https://doi.org/10.6028/NIST.AI.600-1",
        "licence": "US Government work, public domain in the US",
        "attribution": "NIST AI 600-1 (July 2024), National Institute of Standards and Technology.",
        "ids": r"nist-(?!ai-rmf)[a-z-]+(?<!-)",
    },
    "nist-ai-rmf": {
        "title": "NIST AI Risk Management Framework: outcomes",
        "pin": "1.0",
        "url": "https://doi.org/10.6028/NIST.AI.100-1",
        "licence": "US Government work, public domain in the US",
        "attribution": "NIST AI 100-1 (2023-01), National Institute of Standards and Technology.",
        "ids": r"(GOVERN|MAP|MEASURE|MANAGE) \d+\.\d+",
    },
    "eu-ai-act": {
        "title": "EU AI Act, Regulation (EU) 2024/1689 as amended by (EU) 2026/1744",
        "pin": "2024/1689+2026/1744",
        "url": "https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
        "licence": EU_LAW,
        "attribution": "Regulation (EU) 2024/1689, (c) European Union, EUR-Lex.",
        "ids": r"\d+|Annex [IVX]+",
    },
    "gdpr": {
        "title": "General Data Protection Regulation, (EU) 2016/679",
        "pin": "2016/679",
        "url": "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
        "licence": EU_LAW,
        "attribution": "Regulation (EU) 2016/679, (c) European Union, EUR-Lex.",
        "ids": r"\d+",
    },
}
# Headings that circulating copies carry wrongly or cut short, as the Official Journal has them.
CORRECTED = {
    ("eu-ai-act", "5"): "Prohibited AI practices",
    ("eu-ai-act", "22"): "Authorised representatives of providers of high-risk AI systems",
    (
        "eu-ai-act",
        "50",
    ): "Transparency obligations for providers and deployers of certain AI systems",
    ("eu-ai-act", "111"): (
        "AI systems already placed on the market or put into service and general-purpose AI models "
        "already placed on the market"
    ),
    ("eu-ai-act", "Annex XII"): (
        "Transparency information referred to in Article 53(1), point (b) - technical "
        "documentation for providers of general-purpose AI models to downstream providers that "
        "integrate the model into their AI system"
    ),
    ("gdpr", "89"): (
        "Safeguards and derogations relating to processing for archiving purposes in the public "
        "interest, scientific or historical research purposes or statistical purposes"
    ),
}


def _entries(node: Any) -> Iterator[tuple[str, str]]:
    """Walk any nesting and give (id, title) of every mapping that has both."""
    if isinstance(node, list):
        for item in node:
            yield from _entries(item)
    elif isinstance(node, dict):
        key = node.get("id") or node.get("article")
        if key is None and node.get("annex"):
            key = f"Annex {node['annex']}"
        title = next((node[k] for k in ("name", "title", "heading", "text") if node.get(k)), None)
        if key is not None and isinstance(title, str):
            yield str(key), " ".join(title.split())
        for value in node.values():
            yield from _entries(value)


def build(key: str, source: Path) -> dict[str, Any]:
    """Return one framework card from its publisher's ids."""
    facts = dict(FRAMEWORKS[key])
    pattern = re.compile(facts.pop("ids"))
    found = {
        entry: CORRECTED.get((key, entry), title)
        for entry, title in _entries(yaml.safe_load(source.read_text(encoding="utf-8")))
        if pattern.fullmatch(entry)
    }
    if not found:
        raise SystemExit(f"{source}: no id of {key} found")
    return {"id": key, **facts, "entries": found}


def main(sources: Path) -> None:
    """Write every framework that has a source."""
    for key in FRAMEWORKS:
        source = sources / f"{key}.yaml"
        if source.is_file():
            card = build(key, source)
            text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=98)
            (DATA / f"{key}.yaml").write_text(text, encoding="utf-8")
            print(f"{key}: {len(card['entries'])} ids")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
