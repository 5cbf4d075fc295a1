"""Write the mean of several runs: python -m training.mean --out FOLDER RUN=WEIGHT RUN=WEIGHT ...

What a model learns late on new rows costs some of what it knew; the mean keeps most of both
(Wortsman et al. 2022, "Model soups").
"""

import argparse
from pathlib import Path

import torch

State = dict[str, torch.Tensor]


def mean(states: list[tuple[State, float]]) -> State:
    """Return the weighted mean of runs of one shape; the weights need not sum to one."""
    total = sum(weight for _, weight in states)
    return {
        name: sum(state[name] * (weight / total) for state, weight in states)
        if value.is_floating_point()
        else value
        for name, value in states[0][0].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("runs", nargs="+", metavar="RUN=WEIGHT")
    options = parser.parse_args()
    named = [text.rpartition("=") for text in options.runs]
    states = [
        (torch.load(Path(run) / "model.pt", map_location="cpu", weights_only=True), float(weight))
        for run, _, weight in named
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(mean(states), options.out / "model.pt")


if __name__ == "__main__":
    main()
