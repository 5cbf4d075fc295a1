"""Teach the transformer new rows without losing old ones: python -m training.further --data FOLDER
--start RUN --new FILE,FILE --out RUN.

Only the upper half learns (what is said half way stays as it is). It reads the new rows in every round
and a part of all others once; of these it should say what it said before (Li & Hoiem 2016), and their
mean vectors, which other models were learnt from, should stay where they are.
"""

import argparse
import copy
import math
import random
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from seawall.guard.model.transformer import CATEGORIES
from training.choose import choose, is_ours
from training.encoder import Encoder, load_trained
from training.parts import parts_of
from training.rows import Row, load
from training.train import Example, batches, collate, loss_said, reader_of, update
from training.varied import varied

TOKENS, KEPT, STILL = 4096, 0.5, 2.0
# What the old rows are: ours, public ones, ours in other ways, parts of longer ones.
SHARES = (0.5, 0.3, 0.1, 0.1)


def older(rows: list[Row], most: int, rng: random.Random) -> list[Row]:
    """Return about `most` rows of those learnt before, of each kind its share."""
    ours = [row for row in rows if is_ours(row)]
    parts = [part for part, known in parts_of(rows, most) if known]
    kinds = (ours, [row for row in rows if not is_ours(row)], varied(ours), parts)
    sizes = (min(len(kind), int(most * share)) for kind, share in zip(kinds, SHARES, strict=True))
    return [row for kind, size in zip(kinds, sizes, strict=True) for row in rng.sample(kind, size)]


def opened(model: Encoder) -> list[dict[str, object]]:
    """Let only the upper half learn; return what does, with how fast."""
    model.requires_grad_(False)
    half = len(model.layers) // 2
    model.end.requires_grad_(True)
    groups: list[dict[str, object]] = [{"params": list(model.end.parameters()), "scale": 3.0}]
    for number, layer in enumerate(model.layers[half:]):
        layer.requires_grad_(True)
        groups.append({"params": list(layer.parameters()), "scale": 0.85 ** (half - 1 - number)})
    return groups


def loss_of(model: Encoder, before: Encoder, batch: list[Example], new: set[int]) -> torch.Tensor:
    """Return what the labels ask for and, of old rows, how far the model went from `before`."""
    ids, mask, *wanted = collate(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.no_grad():
            middle = model.lower(model.embed(ids), mask)
            then = before.upper(middle, mask)
            said = before.end(then, mask)[0].float()
        now = model.upper(middle, mask)
        found = model.end(now, mask)
    heads, kinds, spans = (one.float() for one in found)
    loss = loss_said((heads, kinds, spans), *wanted)
    old = torch.tensor([id(example) not in new for example in batch])
    if old.any():
        kept = F.binary_cross_entropy_with_logits(heads[old], torch.sigmoid(said[old]))
        near = F.cosine_similarity(_mean(now, mask)[old], _mean(then, mask)[old])
        loss = loss + KEPT * kept + STILL * (1 - near).mean()
    return loss


def _mean(vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    seen = mask.float()[..., None]
    return (vectors.float() * seen).sum(1) / seen.sum(1)


def learn(
    model: Encoder, plan: list[list[Example]], new: set[int], peak: float, before: Encoder
) -> None:
    """Go through the batches once; the rate rises, then falls to nothing."""
    optimizer = torch.optim.AdamW(opened(model), lr=peak, weight_decay=0.01)
    model.train()
    begun = time.time()
    for step, batch in enumerate(plan):
        done = step / len(plan)
        share = min(1.0, done / 0.06) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = peak * group["scale"] * share
        loss = loss_of(model, before, batch, new)
        update(model, optimizer, loss)
        if step % 25 == 0:
            left = (time.time() - begun) / (step + 1) * (len(plan) - step) / 60
            print(f"step {step}/{len(plan)} loss {loss.item():.4f} {left:.1f} min left", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="the run to go on from")
    parser.add_argument("--new", required=True, help="files of training/data, without .jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--older", type=int, default=10_000, help="old rows beside the new ones")
    parser.add_argument("--rate", type=float, default=8e-5)
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    names = {f"own_{name}" for name in options.new.split(",")}
    rows, reader = choose(load(options.data)), reader_of()
    fresh = [Example(row, reader) for row in rows if row.source in names]
    rest = older([row for row in rows if row.source not in names], options.older, random.Random(3))
    known = [Example(row, reader) for row in rest]
    print(f"{len(fresh)} new rows, {len(known)} old ones", flush=True)
    model = load_trained(options.start / "model.pt", len(CATEGORIES))
    plan = [
        batch
        for turn in range(options.rounds)
        for batch in batches(fresh + known[turn :: options.rounds], TOKENS, random.Random(turn))
    ]
    before = copy.deepcopy(model).eval()
    learn(model, plan, set(map(id, fresh)), options.rate, before)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), options.out / "model.pt")


if __name__ == "__main__":
    main()
