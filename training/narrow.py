"""The scout: two convolutions over words' vectors, and what twelve readers of them find.

It costs a thirtieth of half the transformer, so it may see every text; see docs/adr/0011.
"""

from pathlib import Path
from typing import cast

import torch
from torch import nn
from torch.nn import functional as F

from seawall.guard.model.transformer import HEADS
from training.encoder import Encoder

WIDTH, INNER, POOLS, HIDDEN = 96, 192, 12, 128
_WORDS = 30522


class Narrow(nn.Module):
    """Token ids (batch, length) and mask -> log-odds of each head (batch, heads).

    Each of POOLS attends to the tokens it cares for; with their peaks and the stage's vector a layer
    of HIDDEN decides.
    """

    def __init__(self, width: int = WIDTH, inner: int = INNER) -> None:
        super().__init__()
        self.words = nn.Embedding(_WORDS, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        # As matrices over three words side by side: int8 matrices cost half of a convolution.
        self.near, self.far = nn.Linear(3 * width, inner), nn.Linear(3 * inner, inner)
        self.look = nn.Linear(inner, POOLS)
        self.mid = nn.Linear(POOLS * inner + inner + width, HIDDEN)
        self.out = nn.Linear(HIDDEN, len(HEADS))
        self.drop = nn.Dropout(0.1)

    def judge(self, vectors: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return the heads from the words' vectors (batch, length, width); `mask` None: all count."""
        seen = None if mask is None else mask[..., None]
        x = F.relu(self.near(_around(vectors, 1)))
        x = x if seen is None else x * seen
        x = x + F.relu(self.far(_around(x, 2)))
        x = x if seen is None else x * seen
        looks = self.look(x)
        if seen is not None:
            looks = looks + (seen - 1) * 1e4
        found = (torch.softmax(looks, 1).transpose(1, 2) @ x).flatten(1)
        told = self.drop(torch.cat([found, x.amax(1), vectors[:, 1]], -1))
        return cast(torch.Tensor, self.out(self.drop(F.relu(self.mid(told)))))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen = mask.to(self.words.weight.dtype)
        return self.judge(self.drop(self.norm(self.words(ids))) * seen[..., None], seen)


def _around(x: torch.Tensor, by: int) -> torch.Tensor:
    """Return each vector between those `by` places before and after it; zeros beyond the ends."""
    before, after = F.pad(x, (0, 0, by, 0))[:, :-by], F.pad(x, (0, 0, 0, by))[:, by:]
    return torch.cat([before, x, after], dim=-1)


def fresh(teacher: Encoder) -> Narrow:
    """Return an untrained scout whose words are the teacher's, as near as fewer numbers can."""
    model = Narrow()
    with torch.no_grad():
        words = teacher.words.weight - teacher.words.weight.mean(0)
        _, _, directions = torch.linalg.svd(words[::7], full_matrices=False)
        projected = words @ directions[:WIDTH].T
        model.words.weight.copy_(projected / projected.std())
    return model


def load_narrow(path: Path) -> Narrow:
    """Return a trained scout."""
    model = Narrow()
    model.load_state_dict(torch.load(path))
    return model
