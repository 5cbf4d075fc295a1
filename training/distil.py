"""Teach a narrower model what a wider one says: python -m training.distil --data FOLDER --teacher RUN
--run RUN --out RUN [--steps N] [--rate R] [--newest FILE,FILE].

Both read texts without labels (told.py); the student's vectors half way and at the end, its heads,
span and categories shall be the teacher's (Jiao et al. 2020, "TinyBERT"). `--newest` names files of
training/data that the teacher has not learnt: their rows, and some of all others, are learnt by label
between.
"""

import argparse
import math
import random
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from seawall.core.exchange import Stage
from seawall.guard.model.transformer import CATEGORIES, HEADS, STAGE_TOKENS, WINDOW, Reader
from training.choose import choose, is_ours
from training.encoder import Encoder, load_trained
from training.rows import Row, load
from training.told import unlabelled
from training.train import Example, batches, loss_of, reader_of
from training.varied import varied

TOKENS = 4096
# Of longer texts only the beginning is looked at.
_MOST = 4000
# How often the newest rows are read, and how many others beside them.
_AGAIN, _BESIDE = 3, 6000
_HARM = HEADS.index("harm")
Ids = list[int]


def texts(rows: list[Row], reader: Reader, tokens: int) -> list[Ids]:
    """Return rows as one window of ids each, until there are so many tokens."""
    found: list[Ids] = []
    total = 0
    for row in rows:
        words = reader.ids(row.text[:_MOST], WINDOW)
        if not words:
            continue
        found.append([101, STAGE_TOKENS[Stage(row.stage)], *words, 102])
        total += len(found[-1])
        if total >= tokens:
            break
    return found


def filled(lists: list[Ids], rng: random.Random) -> list[list[Ids]]:
    """Return batches of like length, in random order."""
    found: list[list[Ids]] = [[]]
    for one in sorted(lists, key=lambda ids: len(ids) + rng.random() * 12):
        if (len(found[-1]) + 1) * len(one) > TOKENS or len(found[-1]) >= 80:
            found.append([])
        found[-1].append(one)
    rng.shuffle(found)
    return [batch for batch in found if batch]


def taught(student: Encoder, teacher: Encoder, batch: list[Ids]) -> torch.Tensor:
    """Return how far a student is from its teacher on texts."""
    width = max(map(len, batch))
    ids = torch.tensor([one + [0] * (width - len(one)) for one in batch])
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in batch])
    with torch.no_grad():
        x = teacher.embed(ids)
        middle = teacher.lower(x, mask)
        end = teacher.upper(middle, mask)
        half, whole = teacher.half_way(middle, mask), teacher.end(end, mask)
    own_middle = student.lower(x, mask)
    own_end = student.upper(own_middle, mask)
    own_half, own_whole = student.half_way(own_middle, mask), student.end(own_end, mask)
    seen = mask.bool()
    vectors = sum(
        F.mse_loss(mine[seen], theirs[seen]) / theirs[seen].var()
        for mine, theirs in ((own_middle, middle), (own_end, end))
    )
    heads = F.smooth_l1_loss(own_half[0], half[0]) + F.smooth_l1_loss(own_whole[0], whole[0])
    span = F.binary_cross_entropy_with_logits(own_whole[2][seen], torch.sigmoid(whole[2][seen]))
    told = [F.log_softmax(one[1], -1) for one in (own_whole, whole)]
    kinds = F.kl_div(*told, log_target=True, reduction="none").sum(-1)
    kinds = (kinds * torch.sigmoid(whole[0][:, _HARM])).mean()
    return 2 * vectors + heads + span + 0.3 * kinds


def labelled(folder: Path, newest: set[str], rng: random.Random) -> list[list[Example]]:
    """Return batches of the newest files' rows, read _AGAIN times, with _BESIDE other rows."""
    rows = choose(load(folder))
    new = [row for row in rows if row.source in newest]
    old = [row for row in rows if row.source not in newest]
    mixed = varied(new)
    for pool in (old, mixed):
        rng.shuffle(pool)
    ours, public = [r for r in old if is_ours(r)], [r for r in old if not is_ours(r)]
    share = 3 * _BESIDE // 4
    learn = [*(new * _AGAIN), *mixed[: len(new)], *ours[:share], *public[: _BESIDE - share]]
    reader = reader_of()
    return batches([Example(row, reader) for row in learn], TOKENS, rng)


def distil(
    student: Encoder,
    teacher: Encoder,
    plan: list[list[Ids] | list[Example]],
    rate: float,
) -> None:
    """Train a student on batches of texts and of examples; prints its distance as it goes."""
    for frozen in (*student.words.parameters(), *student.places.parameters(), student.kind):
        frozen.requires_grad_(False)
    learnt = [p for p in student.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.0, betas=(0.9, 0.98))
    student.train()
    for module in student.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    begun, means = time.time(), [0.0, 0.0]
    for step, batch in enumerate(plan):
        share = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / len(plan)))
        for group in optimizer.param_groups:
            group["lr"] = rate * share * min(1.0, step / (0.05 * len(plan)))
        known = isinstance(batch[0], Example)
        loss = loss_of(student, batch) if known else taught(student, teacher, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        means[known] = 0.96 * means[known] + 0.04 * loss.item() if means[known] else loss.item()
        if step % 25 == 0:
            left = (time.time() - begun) / (step + 1) * (len(plan) - step) / 60
            print(f"step {step}/{len(plan)} taught {means[0]:.3f} labelled {means[1]:.3f} "
                  f"{left:.1f} min left", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="the student to go on from")
    parser.add_argument("--steps", type=int, default=750, help="of texts without labels")
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--newest", default="", help="files of training/data learnt by label")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(5)
    torch.set_num_threads(2)
    random.seed(5)
    rng = random.Random(7)
    teacher = load_trained(options.teacher / "model.pt", len(CATEGORIES)).eval()
    student = load_trained(options.run / "model.pt", len(CATEGORIES))
    rows = [*unlabelled(options.data), *choose(load(options.data))]
    rng.shuffle(rows)
    found = texts(rows, reader_of(), options.steps * TOKENS)
    plan: list[list[Ids] | list[Example]] = list(filled(found, rng)[: options.steps])
    newest = {f"own_{name}" for name in filter(None, options.newest.split(","))}
    if newest:
        plan += labelled(options.data, newest, rng)
        rng.shuffle(plan)
    distil(student, teacher, plan, options.rate)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(student.state_dict(), options.out / "model.pt")


if __name__ == "__main__":
    main()
