"""Train the topic model and what it says: python -m training.topic --data FOLDER --run RUN
--weights WEIGHTS --out OUT.

The judging model's layers (`--run`) stay as they are. Beside each of their products stands one of
low rank (LoRA, Hu et al. 2021), which begins as the truncated singular value decomposition of what
training took from the base model, and learns which sentences are stray tasks (training/stray.py).
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from seawall.guard.model.candidates import Candidates
from seawall.guard.model.embeddings import Embeddings
from seawall.guard.model.stray import AROUND_PIECES, OWN_PIECES, Stray, context
from seawall.guard.model.transformer import CATEGORIES, FIRST, LAST, Reader
from training.encoder import Encoder, load_base, load_trained
from training.rows import load
from training.stray import CALIBRATED, Document, Example, Examples, asking, documents, tasks

RANK, HIDDEN, WIDTH = 16, 48, 384
BATCH = 12
# Of documents with a marked request, so many beside the others of a batch.
ASKING = 4
# So many harmless sentences that a first model takes for stray tasks are shown again, some a batch.
MINED, MINED_A_BATCH = 2_500, 6
# How much it counts that a sentence is nearest to its own document of the batch.
NEAREST, SHARPNESS = 0.15, 15.0
# The network that compares vectors learns so many times faster.
RATE, HEAD = 1e-3, 3
WARM, SEED = 20, 11


class Corrected(nn.Module):
    """A product that stays, and one of low rank beside it that learns."""

    def __init__(self, product: nn.Linear, base: torch.Tensor, rank: int) -> None:
        super().__init__()
        self.product = product
        left, values, right = torch.linalg.svd(base - product.weight.data, full_matrices=False)
        root = values[:rank].sqrt()
        self.down = nn.Parameter((root[:, None] * right[:rank]).T.contiguous())
        self.up = nn.Parameter((left[:, :rank] * root).T.contiguous())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept: torch.Tensor = self.product(x)
        return kept + (x @ self.down) @ self.up


class Topic(nn.Module):
    """Token ids -> a vector of unit length, and two vectors -> log-odds of a stray task."""

    def __init__(self, run: Path, rank: int = RANK) -> None:
        super().__init__()
        self.encoder: Encoder = load_trained(run / "model.pt", len(CATEGORIES))
        self.encoder.requires_grad_(False)
        base = load_base(len(CATEGORIES))
        for layer, was in zip(self.encoder.layers, base.layers, strict=True):
            for name in ("qkv", "out", "up", "down"):
                own = Corrected(getattr(layer, name), getattr(was, name).weight.data, rank)
                setattr(layer, name, own)
            layer.drop = nn.Identity()
        self.hidden = nn.Linear(4 * WIDTH + 1, HIDDEN)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(HIDDEN, 1)
        self.nearness = nn.Parameter(torch.tensor(-6.0))

    def mean(self, vectors: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return the mean of the last layer's vectors, from what goes into the first."""
        ends = self.encoder.upper(self.encoder.lower(vectors, mask), mask)
        if mask is None:
            return ends.mean(1)
        seen = mask.to(ends.dtype)[..., None]
        return (ends * seen).sum(1) / seen.sum(1)

    def embed(self, texts: list[list[int]]) -> torch.Tensor:
        """Return the vectors of several passages."""
        longest = max(map(len, texts))
        ids = torch.tensor([own + [0] * (longest - len(own)) for own in texts])
        mask = torch.tensor([[1] * len(own) + [0] * (longest - len(own)) for own in texts])
        return F.normalize(self.mean(self.encoder.embed(ids), mask), dim=1)

    def odds(self, own: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
        """Return log-odds, as `seawall.guard.model.stray.Head` does."""
        near = (own * rest).sum(1, keepdim=True)
        parts = (own * 10, rest * 10, own * rest * 100, (own - rest).abs() * 10, near * 4)
        inner = self.drop(torch.relu(self.hidden(torch.cat(parts, 1))))
        said: torch.Tensor = self.out(inner).squeeze(1) + self.nearness * near.squeeze(1)
        return said

    def learnt(self) -> dict[str, torch.Tensor]:
        """Return what is not in the judging model's files."""
        kept = {name for name, value in self.named_parameters() if value.requires_grad}
        return {name: value for name, value in self.state_dict().items() if name in kept}


def mean_of(paths: list[Path]) -> dict[str, torch.Tensor]:
    """Return the mean of what several runs learnt."""
    runs = [torch.load(path) for path in paths]
    return {name: sum(run[name] for run in runs) / len(runs) for name in runs[0]}


def ids_of(reader: Reader, text: str, most: int) -> list[int]:
    return [FIRST, *reader.ids(text, most), LAST]


def likely_of(weights: Path) -> Candidates:
    """Return what chooses sentences, from a folder of weights."""
    words = Embeddings.load(weights / "embeddings.npz")
    return Candidates.load(weights / "stray.npz", Reader.load(weights), words)


def stray_of(weights: Path) -> Stray:
    """Return an exported topic model with all that the product asks beside it."""
    words = Embeddings.load(weights / "embeddings.npz")
    return Stray.load(weights, Reader.load(weights), words)


def mined(weights: Path, hosts: list[Document]) -> list[Example]:
    """Return the harmless sentences that an exported topic model takes for stray tasks first."""
    stray = stray_of(weights)
    found = [(said, host.text) for host in hosts if (said := stray.worst(host.text))]
    found.sort(key=lambda one: -one[0].odds)
    print(f"mined: odds from {found[0][0].odds:.1f} to {found[:MINED][-1][0].odds:.1f}")
    return [
        Example(text[slice(*said.place)], context(text, said.place, said.others), stray=False)
        for said, text in found[:MINED]
    ]


def batches(
    make: Examples, hard: list[Example], rng: random.Random
) -> Iterator[list[list[Example]]]:
    """Yield batches without end: a list of examples a document."""
    hosts, own = make.hosts, asking()
    while True:
        rng.shuffle(hosts)
        for first in range(0, len(hosts) - BATCH, BATCH - ASKING):
            chosen = rng.sample(own, ASKING)
            found = [make.of(host) for host in hosts[first : first + BATCH - ASKING]]
            found += [make.of(host) + make.others(host, own) for host in chosen]
            found += [[one] for one in rng.sample(hard, min(len(hard), MINED_A_BATCH))]
            yield [one for one in found if one]


def loss_of(model: Topic, reader: Reader, batch: list[list[Example]]) -> torch.Tensor:
    """Return how wrong the log-odds are, and how far own sentences are from their documents."""
    flat = [(one, at) for at, found in enumerate(batch) for one in found]
    rests = list(dict.fromkeys(one.rest for one, _ in flat))
    vectors = model.embed([ids_of(reader, rest, AROUND_PIECES) for rest in rests])
    own = model.embed([ids_of(reader, one.own, OWN_PIECES) for one, _ in flat])
    places = [rests.index(one.rest) for one, _ in flat]
    wanted = torch.tensor([float(one.stray) for one, _ in flat])
    wrong = F.binary_cross_entropy_with_logits(model.odds(own, vectors[places]), wanted)
    firsts = [rests.index(found[0].rest) for found in batch]
    belongs = [flat.index((found[0], at)) for at, found in enumerate(batch)]
    near = own[belongs] @ vectors[firsts].T * SHARPNESS
    return wrong + NEAREST * F.cross_entropy(near, torch.arange(len(batch)))


def train(
    model: Topic,
    reader: Reader,
    stream: Iterator[list[list[Example]]],
    steps: int,
    out: Path,
    rate: float = RATE,
) -> None:
    """Train for so many batches; what is learnt is written every hundred."""
    low = [value for name, value in model.named_parameters() if ".up" in name or ".down" in name]
    low = [value for value in low if value.requires_grad]
    head = [*model.hidden.parameters(), *model.out.parameters(), model.nearness]
    rates = (rate, HEAD * rate)
    groups = [{"params": low, "lr": rates[0]}, {"params": head, "lr": rates[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    model.train()
    begun, seen = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        share = min(1.0, step / WARM) * max(0.02, 1 - step / steps)
        for group, own in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = own * share
        loss = loss_of(model, reader, next(stream))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*low, *head], 1.0)
        optimizer.step()
        seen += loss.item()
        if step % 20 == 0:
            print(
                f"step {step}: loss {seen / 20:.3f}, {time.monotonic() - begun:.0f} s", flush=True
            )
            seen = 0.0
        if step % 100 == 0 or step == steps:
            torch.save(model.learnt(), out / "topic.pt")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="the large model's folder")
    parser.add_argument("--weights", type=Path, required=True, help="with `stray.npz`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, nargs="+", help="go on from the mean of topic.pt")
    parser.add_argument("--mine", type=Path, help="weights with a topic model to learn from errors")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seed", type=int, default=SEED, help="other examples in another order")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    reader = Reader.load(options.weights)
    rows = load(options.data)
    make = Examples(
        documents(rows)[CALIBRATED:], tasks(rows), likely_of(options.weights), options.seed
    )
    model = Topic(options.run)
    if options.start:
        model.load_state_dict(mean_of(options.start), strict=False)
    hard = mined(options.mine, [*make.hosts, *asking()]) if options.mine else []
    stream = batches(make, hard, random.Random(options.seed))
    train(model, reader, stream, options.steps, options.out, options.rate)


if __name__ == "__main__":
    main()
