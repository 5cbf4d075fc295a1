"""Train the small transformer on what the large one says: python -m training.distil --help."""

import argparse
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from seawall.guard.model.transformer import CATEGORIES
from training.choose import choose
from training.encoder import Encoder, base_folder, halved, load_trained
from training.rows import load, own
from training.train import Example, collate, loss_of, train, write_scores

# How much of the loss is the teacher's opinion; the rest is the rows' labels.
TAUGHT = 2.0


class Taught(Example):
    """An example with the teacher's log-odds of each head."""

    opinion: list[float]


@torch.no_grad()
def ask(teacher: Encoder, examples: list[Taught]) -> None:
    """Write the teacher's opinion into every example; prints progress."""
    teacher.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    for at in range(0, len(order), 32):
        chosen = [examples[i] for i in order[at : at + 32]]
        ids, mask, *_ = collate(list(chosen))
        for example, logits in zip(chosen, teacher(ids, mask)[0].tolist(), strict=True):
            example.opinion = logits
        if at % 6400 == 0:
            print(f"asked {at} of {len(order)}", flush=True)


def distilled(model: Encoder, batch: list[Example]) -> torch.Tensor:
    """Return the loss against labels and teacher."""
    ids, mask, *_ = collate(batch)
    heads = model(ids, mask)[0]
    wanted = torch.sigmoid(torch.tensor([e.opinion for e in batch if isinstance(e, Taught)]))
    return loss_of(model, batch) + TAUGHT * F.binary_cross_entropy_with_logits(heads, wanted)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(2)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    examples = [Taught(row, tokenizer) for row in choose(load(options.data))]
    print(f"{len(examples)} rows, {sum(len(e.ids) for e in examples)} tokens", flush=True)
    teacher = load_trained(options.teacher, len(CATEGORIES))
    ask(teacher, examples)
    student = halved(teacher, len(CATEGORIES))
    train(student, list(examples), options.epochs, options.rate, 0, out, loss=distilled)
    torch.save(student.state_dict(), out / "model.pt")
    checked = [Example(row, tokenizer) for row in own(validation=True)]
    write_scores(student, checked, out / "validation.jsonl")


if __name__ == "__main__":
    main()
