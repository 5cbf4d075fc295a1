"""Train the tagger of names and addresses: `python -m training.names --data FOLDER --out FILE`.

Held out: one template in five (of the public sentences and of ours) and one name in ten. The
public texts without spans teach what is ordinary: whatever an earlier round takes for a whole
name in them is left open, since it may be one.
"""

import argparse
import copy
import random
import time
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from torch import nn

from seawall.guard.model.session import session
from seawall.guard.model.tagger import DILATIONS, KINDS, LABELS, Tagger
from seawall.guard.model.tokens import BITS, FEATURES, Vocabulary, features, tokens, vocabulary
from training.names_network import write_network
from training.personal_rows import (
    Sample,
    filled,
    held_out,
    joined,
    ordinary,
    peopled,
    plain,
    public,
    renamed,
    templates,
    varied,
)
from training.personal_values import Values, word_lists

WIDTH, INNER = 48, 64
OPEN = -100
_COMMON = (resources.files("seawall.guard.reading") / "vocabulary.txt").read_text(encoding="utf-8")
_FORGET = 0.3
Row = tuple[np.ndarray, np.ndarray]
_CODE = ("code_", "human_eval", "docs_datasette", "docs_garak")
# Texts in many languages, drawn more often than their number says.
_FOREIGN = ("fastapi_docs", "tldr_pages", "own_multilingual")
MEASURED = (
    "self_instruct",
    "freshqa",
    "restaurant8k",
    "p3_quarel",
    "p3_cosmos",
    "p3_ropes",
    "fabric",
    "docs_inspect",
)
_DROP = (0.35, 0.12, 0.12, 0.08, 0.15, 0.15, 0.05, 0.05, 0.1)
# The features that spell a word; all of them go at once for some tokens, so that the others count.
_SPELLED = 6
_AVERAGED = 0.998


def known_words(rng: random.Random | None = None) -> Vocabulary:
    """Return the vocabulary; with `rng` without some of its names, so that context must count."""
    lists = [
        " ".join(word for word in words if rng is None or rng.random() >= _FORGET)
        for words in map(sorted, word_sets())
    ]
    return vocabulary(_COMMON, lists)


class Net(nn.Module):
    """The network of seawall.guard.model.tagger, to be trained."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(1 << BITS, WIDTH)
        nn.init.normal_(self.table.weight, std=0.1)
        sizes = [WIDTH, *[INNER] * (len(DILATIONS) - 1)]
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(size, INNER, 3, dilation=step, padding=step)
                for size, step in zip(sizes, DILATIONS, strict=True)
            ]
        )
        self.out = nn.Linear(INNER, LABELS)
        self.drop = nn.Dropout(0.25)

    def forward(self, seen: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Return log-odds, (rows, tokens, LABELS); `inside` is 0 where a row has ended."""
        vectors = self.table(seen)
        if self.training:
            vectors = vectors * _kept(seen.shape).unsqueeze(-1)
        mask = inside.unsqueeze(1)
        state = vectors.sum(2).transpose(1, 2) * mask
        for number, layer in enumerate(self.layers):
            new = self.drop(torch.relu(layer(state))) * mask
            state = new if number == 0 else state + new
        return self.out(state.transpose(1, 2))


def _kept(shape: torch.Size) -> torch.Tensor:
    """Return which features stay: of some tokens no letters, in some rows of every other token."""
    keep = torch.rand(shape) >= torch.tensor(_DROP)
    share = torch.where(torch.rand(shape[0], 1) < 0.15, 0.5, 0.08)
    keep[:, :, :_SPELLED] &= (torch.rand(shape[:2]) >= share).unsqueeze(-1)
    return keep


def labels_of(sample: Sample, spans: np.ndarray) -> np.ndarray:
    """Return the label of each token."""
    labels = np.zeros(len(spans), dtype=np.int64)
    for start, end, kind in sample.spans:
        inside = np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start))
        labels[inside] = 1 + KINDS.index(kind)
    return labels


def row_of(sample: Sample, known: Vocabulary) -> Row:
    """Return features and labels of the tokens of a sample."""
    spans = tokens(sample.text)
    return features(sample.text, spans, known).astype(np.int32), labels_of(sample, spans)


def draw(data: list[Sample], values: Values) -> list[Sample]:
    """Return the samples of one round: templates filled, public rows renamed, all varied."""
    found = [varied(s, values) for s in data]
    found += [varied(renamed(s, values), values) for s in data if s.spans for _ in range(2)]
    for template in templates():
        if not held_out(template["text"]):
            found += [varied(filled(template, values), values) for _ in range(10)]
    calm = [s for s in plain() if not held_out(s.text)]
    found += [varied(s, values) for s in calm for _ in range(8)]
    pick = values.random
    for _ in range(len(found) // 4):
        few = pick.sample(found, pick.choice((2, 2, 3)))
        found.append(
            joined(
                [pick.choice(calm), *few] if pick.random() < 0.4 else few,
                pick.choice((" ", "\n", "\n\n")),
            )
        )
    return found


def batches(rows: list[Row], rng: random.Random, size: int = 2400) -> list[list[Row]]:
    """Return rows of like length in batches of about `size` tokens."""
    rows = sorted(
        (row for row in rows if len(row[1])), key=lambda row: len(row[1]) + rng.random() * 8
    )
    found: list[list[Row]] = []
    batch: list[Row] = []
    for row in rows:
        if batch and len(row[1]) * (len(batch) + 1) > size:
            found.append(batch)
            batch = []
        batch.append((row[0][:400], row[1][:400]))
    found.append(batch)
    rng.shuffle(found)
    return found


def tensors(batch: list[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(labels) for _, labels in batch)
    seen = torch.zeros((len(batch), longest, FEATURES), dtype=torch.long)
    gold = torch.full((len(batch), longest), OPEN, dtype=torch.long)
    inside = torch.zeros((len(batch), longest))
    for at, (found, labels) in enumerate(batch):
        seen[at, : len(labels)] = torch.from_numpy(found.astype(np.int64))
        gold[at, : len(labels)] = torch.from_numpy(labels)
        inside[at, : len(labels)] = 1
    return seen, gold, inside


def calm_row(net: Net | None, text: str, source: str, values: Values, known: Vocabulary) -> Row:
    """Return an ordinary text as a row, some with a name put in.

    Nothing else in it is personal, but capitals that are in a list of names, or that an earlier
    round takes for one, stay open: they may be names of people.
    """
    code = source.startswith(_CODE)
    sample = Sample(text, (), "", "")
    if not code and values.random.random() < 0.5:
        sample = peopled(text, values)
    sample = varied(sample, values)
    seen, labels = row_of(sample, known)
    seen, labels = seen[:300], labels[:300]
    if code or not len(labels):
        return seen, labels
    spans = tokens(sample.text)[:300]
    capital = np.array(
        [sample.text[start].isupper() or sample.text[start].isdigit() for start, _ in spans]
    )
    open_ = _listed(sample.text, spans)
    if net is not None:
        with torch.no_grad():
            odds = net(torch.from_numpy(seen.astype(np.int64))[None], torch.ones(1, len(seen)))[0]
        open_ = open_ | (odds.argmax(1).numpy() > 0)
    labels = np.where((labels == 0) & capital & open_, OPEN, labels)
    return seen, labels


def _listed(text: str, spans: np.ndarray) -> np.ndarray:
    """Return which tokens are in a list of given names or surnames."""
    given, family, *_ = word_sets()
    words = [text[start:end].lower() for start, end in spans]
    return np.array([word in given or word in family for word in words])


@cache
def word_sets() -> tuple[frozenset[str], ...]:
    """Return the lists of words as sets."""
    return tuple(frozenset(words) for words in word_lists())


def _latin(text: str) -> bool:
    """Return whether a text is mostly in Latin letters."""
    return sum(letter < "\u0250" for letter in text) > 0.9 * len(text)


def train(data: Path, rounds: int, seed: int) -> Net:
    """Return a trained network: the average of its last steps."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = random.Random(seed)
    values = Values(seed)
    public_rows = [s for s in public(data) if not held_out(s.group)]
    texts = [t for t in ordinary(data) if not t[1].startswith(MEASURED)]
    foreign = [t for t in texts if t[1].startswith(_FOREIGN) and _latin(t[0])]
    net = Net()
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    loss_of = nn.CrossEntropyLoss(ignore_index=OPEN, label_smoothing=0.02)
    for number in range(rounds):
        began, total, count = time.monotonic(), 0.0, 0
        known = known_words(rng)
        rows = [row_of(sample, known) for sample in draw(public_rows, values)]
        chosen = rng.sample(texts, 6000) + rng.sample(foreign, 2500)
        judge = mean.eval() if number > 1 else None
        rows += [calm_row(judge, *text, values, known) for text in chosen]
        net.train()
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - number / rounds) + 1e-4
        for batch in batches(rows, rng):
            seen, gold, inside = tensors(batch)
            odds = net(seen, inside)
            loss = loss_of(odds.reshape(-1, LABELS), gold.reshape(-1))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                for kept, new in zip(mean.parameters(), net.parameters(), strict=True):
                    kept.lerp_(new, 1 - _AVERAGED)
            total, count = total + float(loss.detach()), count + 1
        print(
            f"round {number + 1}: {len(rows)} rows, loss {total / count:.4f}, "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    return mean


def write(net: Net, path: Path) -> None:
    """Write the weights as the product reads them: the table in int8, the rest in float16."""
    table = net.table.weight.detach().numpy()
    known = known_words()
    scale = np.quantile(np.abs(table), 0.9999) / 127
    arrays = {
        "table": np.clip(np.round(table / scale), -127, 127).astype(np.int8),
        "scale": np.array([scale], dtype=np.float32),
        "known": known[0],
        "level": known[1].astype(np.uint8),
        "temperature": np.ones(1, dtype=np.float32),
    }
    for number, layer in enumerate(net.layers):
        weight = layer.weight.detach().numpy()
        arrays[f"w{number}"] = weight.transpose(2, 1, 0).reshape(-1, INNER).astype(np.float16)
        arrays[f"b{number}"] = layer.bias.detach().numpy().astype(np.float16)
    arrays[f"w{len(DILATIONS)}"] = net.out.weight.detach().numpy().T.astype(np.float16)
    arrays[f"b{len(DILATIONS)}"] = net.out.bias.detach().numpy().astype(np.float16)
    write_network(arrays, path.with_suffix(".onnx"))
    learnt = {name for name in arrays if name[0] in "wb" and name[1:].isdigit()}
    np.savez_compressed(
        path, **{name: value for name, value in arrays.items() if name not in learnt}
    )


def calibrate(path: Path, data: Path) -> float:
    """Set the temperature that fits the held-out templates best, and return it."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["temperature"] = np.ones(1, dtype=np.float32)
    values = Values(99, unseen=True)
    samples = [s for s in (*public(data), *plain()) if held_out(s.group)]
    samples += [filled(t, values) for t in templates() if held_out(t["text"]) for _ in range(3)]
    tagger = Tagger(arrays, session(path.with_suffix(".onnx")))
    doubtful = [pair for sample in samples for pair in _doubtful(tagger, sample)]
    odds = np.log(np.array([shares for shares, _ in doubtful]) + 1e-9)
    gold = np.array([label for _, label in doubtful])
    losses = {one: _surprise(odds / one, gold) for one in np.arange(0.7, 3.1, 0.1).tolist()}
    best = min(losses, key=lambda one: losses[one])
    arrays["temperature"] = np.array([best], dtype=np.float32)
    np.savez_compressed(path, **arrays)
    return best


def _doubtful(tagger: Tagger, sample: Sample) -> list[tuple[np.ndarray, int]]:
    """Return probabilities and label of the tokens that name something, or may."""
    spans = tokens(sample.text)
    if not len(spans):
        return []
    shares = tagger.probabilities(sample.text)
    gold = labels_of(sample, spans)
    doubt = (gold > 0) | (shares[:, 0] < 0.95)
    return list(zip(shares[doubt], gold[doubt].tolist(), strict=True))


def _surprise(odds: np.ndarray, gold: np.ndarray) -> float:
    """Return minus the mean log of the probability of the right labels."""
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    right = shares[np.arange(len(gold)), gold] / shares.sum(axis=1)
    return float(-np.log(right + 1e-9).mean())


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    write(train(chosen.data, chosen.rounds, chosen.seed), chosen.out)
    print(f"temperature {calibrate(chosen.out, chosen.data):.1f}")


if __name__ == "__main__":
    main()
