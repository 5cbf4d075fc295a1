"""Fit the glance at sentences: python -m training.candidates --data FOLDER --out WEIGHTS.

Logistic regression on word pieces tells tasks from sentences of documents; a second one, of two
numbers, weighs that against how near a sentence's words are to those around it.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from seawall.guard.model.candidates import (
    BLOCK,
    FIRST,
    SIZES,
    Candidates,
    Ints,
    sentences,
    signs_of,
)
from seawall.guard.model.embeddings import Embeddings
from seawall.guard.model.transformer import Reader
from training.put import put_as_kind, put_as_value
from training.rows import load
from training.stray import Document, documents, task_for, tasks

# Documents for the words' weights, for the second step, and tasks of one language at most.
WORDS_OF, WEIGHED_ON, TASKS = 6_000, 1_500, 7_000
_SENTENCES = 4
_MOST = 600
# What all documents have in common: so many directions are taken out.
_COMMON = 8
# This share of planted tasks must be read.
FOUND = 0.94
Arrays = dict[str, np.ndarray]


def pieces_of(reader: Reader, texts: list[str]) -> tuple[list[list[int]], Ints]:
    """Return each text's word pieces, and its two signs."""
    ids = [reader.ids(text, _MOST) for text in texts]
    signs = [
        signs_of(text, [(0, len(text))], np.array([len(own)]))[0]
        for text, own in zip(texts, ids, strict=True)
    ]
    return ids, np.stack(signs)


def matrix(ids: list[list[int]], signs: Ints, size: int) -> csr_matrix:
    """Return (texts, 2 * size + 2 + SIZES) counts as the product weighs them."""
    blocks = []
    for own in ([one[:FIRST] for one in ids], ids):
        ends = np.cumsum([0, *map(len, own)])
        flat = np.array([number for one in own for number in one], dtype=np.intp)
        blocks.append(csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(ids), size)))
    marked = np.zeros((len(ids), 2 + SIZES))
    for column in signs.T:
        marked[np.arange(len(ids)), column] = 1
    counts = np.array([len(one) + min(len(one), FIRST) + 2 for one in ids])
    whole = csr_matrix(hstack([*blocks, csr_matrix(marked)]))
    return csr_matrix(whole.multiply(1 / np.sqrt(counts)[:, None]))


def words_of(
    reader: Reader, size: int, hosts: list[Document], asked: dict[str, list[str]]
) -> Arrays:
    """Return the weights of pieces and signs."""
    rng = random.Random(2)
    own: list[str] = []
    for host in hosts[:WORDS_OF]:
        places = sentences(host.text)
        chosen = rng.sample(places, min(_SENTENCES, len(places)))
        own += [host.text[slice(*place)] for place in chosen]
    wanted = [
        task
        for lang in sorted(asked)
        for task in rng.sample(asked[lang], min(TASKS, len(asked[lang])))
    ]
    ids, signs = pieces_of(reader, [*own, *wanted])
    labels = [0] * len(own) + [1] * len(wanted)
    fitted = LogisticRegression(C=8, max_iter=300, class_weight="balanced")
    fitted.fit(matrix(ids, signs, size), labels)
    weights = fitted.coef_[0]
    pieces = weights[: 2 * size].reshape(2, size)
    scale = np.abs(pieces).max() / 127
    return {
        "pieces": np.round(pieces / scale).astype(np.int8),
        "scale": np.array([scale], dtype=np.float32),
        "extra": np.append(weights[2 * size :], fitted.intercept_).astype(np.float32),
    }


def rarity_of(reader: Reader, words: np.ndarray, hosts: list[Document]) -> Arrays:
    """Return how rare pieces are in documents, and what all documents have in common."""
    seen = np.ones(len(words))
    ids = [reader.ids(host.text, _MOST) for host in hosts[:WORDS_OF]]
    for own in ids:
        seen[np.unique(own)] += 1
    rarity = np.log((len(ids) + 1) / seen)
    norms = np.maximum(np.linalg.norm(words.astype(np.float32), axis=1), 1.0)
    factors = rarity / norms
    means = np.stack(
        [(words[own] * factors[own][:, None]).sum(0) / rarity[own].sum() for own in ids if own]
    )
    mean = means.mean(0)
    directions = np.linalg.svd(means[:2_000] - mean, full_matrices=False)[2][:_COMMON]
    return {
        "rarity": rarity.astype(np.float16),
        "factors": factors.astype(np.float16),
        "mean": mean.astype(np.float32),
        "common": directions.astype(np.float32),
    }


def glance_of(
    held: Arrays,
    reader: Reader,
    words: Embeddings,
    hosts: list[Document],
    asked: dict[str, list[str]],
) -> np.ndarray:
    """Return the weights of words and of nearness, the bias, and the least odds of a candidate."""
    rng = random.Random(3)
    parts = []
    for glance in ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)):
        parts.append(Candidates({**held, "glance": np.array(glance)}, reader, words))
    seen, labels, best = [], [], []
    for host in hosts[WORDS_OF : WORDS_OF + WEIGHED_ON]:
        putting = rng.choice((put_as_kind, put_as_value))
        text, own = putting(task_for(host.lang, asked, rng), host.text[:BLOCK], rng)
        places = sentences(text)
        at = text.find(own)
        hit = [start < at + len(own) and end > at for start, end in places]
        if len(places) > 1 and any(hit):
            seen.append(np.stack([part.odds(text, places) for part in parts], axis=1))
            labels += hit
            best.append(np.array(hit))
    fitted = LogisticRegression(class_weight="balanced").fit(np.concatenate(seen), labels)
    (by_words, by_topic), bias = fitted.coef_[0], fitted.intercept_[0]
    most = [(one[hit] @ fitted.coef_[0] + bias).max() for one, hit in zip(seen, best, strict=True)]
    return np.array([by_words, by_topic, bias, np.quantile(most, 1 - FOUND)], dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the folder of exported weights")
    options = parser.parse_args()
    reader, words = Reader.load(options.out), Embeddings.load(options.out / "embeddings.npz")
    rows = load(options.data)
    hosts, asked = documents(rows), tasks(rows)
    with np.load(options.out / "embeddings.npz") as arrays:
        vectors = arrays["words"]
    held = words_of(reader, len(vectors), hosts, asked) | rarity_of(reader, vectors, hosts)
    held["glance"] = glance_of(held, reader, words, hosts, asked)
    print("glance: words, nearness, bias, least", held["glance"].round(3).tolist())
    np.savez(options.out / "stray.npz", **held)


if __name__ == "__main__":
    main()
