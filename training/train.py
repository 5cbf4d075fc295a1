"""Train the transformer: python -m training.train --data FOLDER --out FOLDER [--without SOURCE,...]."""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from seawall.core.exchange import Stage
from seawall.guard.model.transformer import CATEGORIES, FIRST, LAST, STAGE_TOKENS, WINDOW, Reader
from seawall.guard.model.wordpiece import WordPiece
from training.choose import category, choose, is_ours, targets
from training.encoder import Encoder, Said, base_folder, load_base, load_trained
from training.parts import parts_of
from training.rows import INPUT, Row, load, own
from training.varied import varied

# [CLS], the stage and [SEP] stand around a window.
LENGTH = WINDOW + 3
# Of a longer row only so many tokens are looked through for its order.
_MOST = 20_000
# A message of a user up to so many characters is its own order; where it stands in a longer one
# nobody marked.
_WHOLE = 300


def order_of(row: Row) -> str:
    """Return the words that carry a row's order or harmful request; empty where nobody marked them."""
    whole = row.label != "benign" and row.stage == INPUT and len(row.text) <= _WHOLE
    return row.span or (row.text if whole else "")


class Example:
    """A row as token ids: [CLS] stage ... [SEP], with its targets."""

    def __init__(self, row: Row, reader: Reader) -> None:
        tokens = reader.tokens(row.text, _MOST)
        ids, offsets = [token[0] for token in tokens], [token[1:] for token in tokens]
        order = order_of(row)
        start = row.text.find(order) if order else -1
        end = start + len(order)
        inside = [start >= 0 and a < end and b > start for a, b in offsets]
        room = LENGTH - 3
        first = 0
        if len(ids) > room and start >= 0:
            at = inside.index(True) if True in inside else 0
            first = max(0, min(at - random.randrange(room // 2), len(ids) - room))
        ids, inside = ids[first : first + room], inside[first : first + room]
        places = offsets[first : first + room] or [(0, 0)]
        self.text = row.text[places[0][0] : places[-1][1]]
        self.ids = [FIRST, STAGE_TOKENS[Stage(row.stage)], *ids, LAST]
        told = start >= 0 or row.label == "benign"
        self.span = [-1, -1, *(map(int, inside)), -1] if told else [-1] * len(self.ids)
        self.targets = targets(row)
        self.category = category(row) if row.label == "harmful" else -1
        self.weight = 1.0 if is_ours(row) else 0.7
        self.row = row


def reader_of() -> Reader:
    """Return what cuts texts into tokens, as in the product."""
    return Reader(WordPiece(base_folder() / "vocab.txt"))


def batches(examples: list[Example], tokens: int, rng: random.Random) -> list[list[Example]]:
    """Return batches of examples of like length, in random order."""
    ordered = sorted(examples, key=lambda e: len(e.ids) + rng.random() * 12)
    found: list[list[Example]] = [[]]
    for example in ordered:
        if (len(found[-1]) + 1) * len(example.ids) > tokens or len(found[-1]) >= 64:
            found.append([])
        found[-1].append(example)
    rng.shuffle(found)
    return [batch for batch in found if batch]


def collate(batch: list[Example]) -> tuple[torch.Tensor, ...]:
    width = max(len(e.ids) for e in batch)

    def fill(lists: list[list[int]], empty: int) -> torch.Tensor:
        return torch.tensor([row + [empty] * (width - len(row)) for row in lists])

    ids = fill([e.ids for e in batch], 0)
    mask = fill([[1] * len(e.ids) for e in batch], 0)
    span = fill([e.span for e in batch], -1)
    return (
        ids, mask, span, torch.tensor([e.targets for e in batch]),
        torch.tensor([e.category for e in batch]), torch.tensor([e.weight for e in batch]),
    )  # fmt: skip


# Half way counts less than the end, and should come to say what the end says.
HALF_WAY, TAUGHT = 0.7, 0.6


def loss_of(model: Encoder, batch: list[Example]) -> torch.Tensor:
    ids, mask, *wanted = collate(batch)
    half_way, end = model(ids, mask)
    taught = F.binary_cross_entropy_with_logits(half_way[0], torch.sigmoid(end[0].detach()))
    return loss_said(end, *wanted) + HALF_WAY * loss_said(half_way, *wanted) + TAUGHT * taught


def loss_said(
    said: Said, span: torch.Tensor, wanted: torch.Tensor, kind: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    heads, kinds, spans = said
    smooth = wanted.clamp(0.02, 0.98)
    raw = F.binary_cross_entropy_with_logits(heads, smooth, reduction="none")
    told = (wanted >= 0).float() * weight[:, None]
    loss = (raw * told).sum() / told.sum()
    if (kind >= 0).any():
        loss = loss + 0.3 * F.cross_entropy(kinds[kind >= 0], kind[kind >= 0])
    known = span >= 0
    if known.any():
        loss = loss + 0.7 * F.binary_cross_entropy_with_logits(spans[known], span[known].float())
    return loss


def update(model: nn.Module, optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """Take one step of the optimizer against the loss, its gradient clipped to norm 1."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def _rounds(examples: list[Example], epochs: int, shares: int) -> list[list[Example]]:
    """Return what each epoch reads: our rows every time, the public ones in turns, by shares."""
    ours = [e for e in examples if is_ours(e.row)]
    public = [e for e in examples if not is_ours(e.row)]
    return [ours + public[epoch % shares :: shares] for epoch in range(epochs)]


def train(
    model: Encoder,
    examples: list[Example],
    epochs: int,
    peak: float,
    frozen: int,
    shares: int,
    save: Path | None = None,
) -> None:
    """Train all layers above `frozen`, the lower ones slower; prints the loss as it goes."""
    rng = random.Random(1)
    for p in (*model.words.parameters(), *model.places.parameters(), model.kind):
        p.requires_grad_(False)
    for layer in model.layers[:frozen]:
        layer.requires_grad_(False)
    heads = [*model.half_way.parameters(), *model.end.parameters()]
    groups = [{"params": heads, "scale": 10.0}]
    for number, layer in enumerate(model.layers):
        if number >= frozen:
            scale = 0.85 ** (len(model.layers) - 1 - number)
            groups.append({"params": list(layer.parameters()), "scale": scale})
    optimizer = torch.optim.AdamW(groups, lr=peak, weight_decay=0.01)
    plan = [batches(chosen, 4096, rng) for chosen in _rounds(examples, epochs, shares)]
    total, step, begun, mean = sum(map(len, plan)), 0, time.time(), 0.0
    model.train()
    for epoch, all_batches in enumerate(plan):
        for batch in all_batches:
            share = min(1.0, step / (0.06 * total)) * 0.5 * (1 + math.cos(math.pi * step / total))
            for group in optimizer.param_groups:
                group["lr"] = peak * group["scale"] * share
            found = loss_of(model, batch)
            update(model, optimizer, found)
            step += 1
            mean = 0.98 * mean + 0.02 * found.item() if step > 1 else found.item()
            if step % 200 == 0 and save is not None:
                torch.save(model.state_dict(), save / "model.pt")
            if step % 50 == 0:
                left = (time.time() - begun) / step * (total - step)
                print(f"epoch {epoch + 1} step {step}/{total} loss {mean:.4f} "
                      f"{left / 60:.1f} min left", flush=True)  # fmt: skip


@torch.no_grad()
def predict(model: Encoder, examples: list[Example]) -> list[list[float]]:
    """Return the heads' probabilities at the end of each example."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    found: list[list[float]] = [[] for _ in examples]
    for at in range(0, len(order), 32):
        chosen = order[at : at + 32]
        ids, mask, *_ = collate([examples[i] for i in chosen])
        for index, row in zip(chosen, torch.sigmoid(model(ids, mask)[1][0]).tolist(), strict=True):
            found[index] = row
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="")
    parser.add_argument("--start", type=Path, help="a model.pt to go on from")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--shares", type=int, default=3, help="of the public rows, one an epoch")
    parser.add_argument("--parts", type=int, default=4000, help="parts of longer rows beside them")
    parser.add_argument("--frozen", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8e-5)
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(2)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    reader = reader_of()
    held = set(filter(None, options.without.split(",")))
    rows = load(options.data)
    learn = choose([row for row in rows if row.source not in held])
    parts = [part for part, known in parts_of(learn, options.parts) if known]
    ours = list(filter(is_ours, learn))
    learn += [*parts, *varied(ours)]
    examples = [Example(row, reader) for row in learn]
    print(f"{len(examples)} rows, {sum(len(e.ids) for e in examples)} tokens", flush=True)
    model = (
        load_trained(options.start, len(CATEGORIES))
        if options.start
        else load_base(len(CATEGORIES))
    )
    train(model, examples, options.epochs, options.rate, options.frozen, options.shares, out)
    torch.save(model.state_dict(), out / "model.pt")
    test = [Example(row, reader) for row in rows if row.source in held]
    write_scores(model, test, out / "held_out.jsonl")
    checked = [Example(row, reader) for row in own(validation=True)]
    write_scores(model, checked, out / "validation.jsonl")


def write_scores(model: Encoder, test: list[Example], path: Path) -> None:
    """Write a line of scores a row."""
    with path.open("w") as lines:
        for example, scores in zip(test, predict(model, test), strict=True):
            row = example.row
            line = {"source": row.source, "label": row.label, "stage": row.stage,
                    "kind": row.kind, "lang": row.lang, "scores": scores, "text": row.text}  # fmt: skip
            lines.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
