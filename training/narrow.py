"""The scout: two convolutions over words' vectors, and what eight readers of them find.

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
        self.near = nn.Conv1d(width, inner, 3, padding=1)
        self.far = nn.Conv1d(inner, inner, 3, padding=2, dilation=2)
        self.look = nn.Linear(inner, POOLS)
        self.mid = nn.Linear(POOLS * inner + inner + width, HIDDEN)
        self.out = nn.Linear(HIDDEN, len(HEADS))
        self.drop = nn.Dropout(0.1)

    def judge(self, vectors: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return the heads from the words' vectors (batch, length, width); `mask` None: all count."""
        seen = None if mask is None else mask[:, None]
        x = F.relu(self.near(vectors.transpose(1, 2)))
        x = x if seen is None else x * seen
        x = x + F.relu(self.far(x))
        x = (x if seen is None else x * seen).transpose(1, 2)
        looks = self.look(x)
        if mask is not None:
            looks = looks + (mask[..., None] - 1) * 1e4
        found = (torch.softmax(looks, 1).transpose(1, 2) @ x).flatten(1)
        told = self.drop(torch.cat([found, x.amax(1), vectors[:, 1]], -1))
        return cast(torch.Tensor, self.out(self.drop(F.relu(self.mid(told)))))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen = mask.to(self.words.weight.dtype)
        return self.judge(self.drop(self.norm(self.words(ids))) * seen[..., None], seen)


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
