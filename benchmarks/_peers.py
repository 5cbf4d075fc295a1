"""Runs in the peers' own environment: texts on stdin, what each peer found and its times on stdout.

Imports nothing of Seawall. Reads {"texts": {name: [...]}}, writes {peer: {name: [[seconds,
[[start, end, score], ...]], ...]}}; a peer that is not installed is a text instead.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Spans = list[list[float]]
WARM = 20
Scan = Callable[[str], Spans]


def presidio() -> Scan:
    """Presidio's analyzer with its predefined patterns for English, and no language model."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # Without this it asks the network for a list of domains and waits.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {"en": spacy.blank("en")}

    engine = Blank(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])

    def scan(text: str) -> Spans:
        return [[r.start, r.end, r.score] for r in analyzer.analyze(text, language="en")]

    return scan


def llm_guard() -> Scan:
    """LLM Guard's scanner for secrets, which is detect-secrets with plugins of its own."""
    from llm_guard.input_scanners.secrets import Secrets

    scanner = Secrets()

    def scan(text: str) -> Spans:
        _, valid, _ = scanner.scan(text)
        return [] if valid else [[0, len(text), 1.0]]

    return scan


def nemo() -> Scan:
    """NeMo Guardrails' injection detection: its YARA rules for code, SQL, templates, scripts."""
    import nemoguardrails
    import yara

    folder = Path(nemoguardrails.__file__).parent / "library/injection_detection/yara_rules"
    rules = yara.compile(filepaths={path.stem: str(path) for path in sorted(folder.glob("*.yara"))})

    def scan(text: str) -> Spans:
        return [[0, len(text), 1.0]] if rules.match(data=text) else []

    return scan


PEERS: dict[str, Callable[[], Scan]] = {
    "Presidio": presidio,
    "LLM Guard secrets": llm_guard,
    "NeMo injection": nemo,
}


def main() -> None:
    """Run every peer over every set of texts."""
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, sys.stderr
    texts: dict[str, list[str]] = json.load(sys.stdin)["texts"]
    results: dict[str, Any] = {}
    for name, build in PEERS.items():
        try:
            scan = build()
            for held in texts.values():
                for text in held[:WARM]:
                    scan(f"Warm up. {text}")
        except ImportError as error:
            results[name] = f"not installed ({error.name or error})"
            continue
        except Exception as error:  # noqa: BLE001 - a peer that fails is reported, the others run
            results[name] = f"does not run ({type(error).__name__})"
            continue
        results[name] = {key: [_timed(scan, text) for text in held] for key, held in texts.items()}
    json.dump(results, out)


def _timed(scan: Scan, text: str) -> list[Any]:
    start = time.thread_time()
    found = scan(text)
    return [time.thread_time() - start, found]


if __name__ == "__main__":
    main()
