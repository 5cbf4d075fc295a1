"""What all models of the package together say of a window: the scout's second teacher."""

import json
import time
from pathlib import Path
from typing import Any

import torch

from seawall.guard.model.linear import seen_in
from seawall.guard.model.transformer import HEADS, Shown
from training.calibrate import Models
from training.train import Example

ATTACKS, HARM = HEADS[:2], HEADS[2]
# Where in `Models.heads` the transformer's end stands.
_END = 2


class Cascade:
    """The exported models with their calibration, asked without short cuts."""

    def __init__(self, folder: Path) -> None:
        self._models = Models(folder)
        raw: dict[str, Any] = json.loads((folder / "calibration.json").read_text())
        self._weights = {name: one["steps"][-1]["weights"] for name, one in raw.items()}

    def asked(self, examples: list[Example]) -> torch.Tensor:
        """Return the calibrated log-odds of each head (rows, heads)."""
        found, begun = [], time.time()
        for number, example in enumerate(examples):
            found.append(self._says(example))
            if number % 4000 == 0:
                print(f"cascade {number}/{len(examples)} {time.time() - begun:.0f} s", flush=True)
        return torch.tensor(found)

    def _says(self, example: Example) -> list[float]:
        models, outside = self._models, example.row.stage != "input"
        shown = Shown(tuple(example.ids), tuple)
        each = models.heads(shown, outside=outside)
        linear = models.linear.of(seen_in(example.text), untrusted=outside)
        attack = self._weights["attack_untrusted" if outside else "attack_input"]
        said = [_weighed(attack, linear[0], each, head) for head in range(len(ATTACKS))]
        if outside:
            return [*said, each[_END][HEADS.index(HARM)]]
        return [*said, _weighed(self._weights["harm"], linear[1], each, HEADS.index(HARM))]


def _weighed(
    weights: list[float], linear: float, each: tuple[tuple[float, ...], ...], head: int
) -> float:
    values = (linear, *(heads[head] for heads in each), 1.0)
    return sum(weight * value for weight, value in zip(weights, values, strict=True))
