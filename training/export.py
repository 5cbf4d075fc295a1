"""Write the models of the package: python -m training.export --large RUN --small RUN --out FOLDER."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from seawall.guard.model.transformer import CATEGORIES
from training.encoder import Encoder, base_folder, load_trained


class _Lower(nn.Module):
    """The lower half for one text: nothing is masked. Its vectors go on to the upper half."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        mask = torch.ones_like(vectors[..., 0])
        middle = self.encoder.lower(vectors, mask)
        return (*self.encoder.half_way(middle, mask), middle)


class _Upper(nn.Module):
    """The upper half for one text."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        mask = torch.ones_like(vectors[..., 0])
        said: tuple[torch.Tensor, ...] = self.encoder.end(self.encoder.upper(vectors, mask), mask)
        return said


def write_half(half: nn.Module, width: int, names: list[str], plain: Path, path: Path) -> None:
    """Write one half as int8 ONNX."""
    half.eval()
    torch.onnx.export(
        half,
        (torch.randn(1, 24, width),),
        plain,
        input_names=["vectors"],
        output_names=names,
        dynamic_axes={
            name: {1: "length"}
            for name in ("vectors", "span", "middle")
            if name in {*names, "vectors"}
        },
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        plain,
        path,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm"],
    )


def write_embeddings(model: Encoder, path: Path) -> None:
    """Write words as int8 with a scale each, places with the kind of text added to them."""
    words = model.words.weight.detach().numpy()
    scales = np.abs(words).max(axis=1) / 127
    scales[scales == 0] = 1.0
    places = model.places.weight.detach().numpy() + model.kind.detach().numpy()
    np.savez(
        path,
        words=np.round(words / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        places=places.astype(np.float16),
        weight=model.norm.weight.detach().numpy(),
        bias=model.norm.bias.detach().numpy(),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    model = load_trained(options.run / "model.pt", len(CATEGORIES))
    width, plain, out = model.words.embedding_dim, options.run / "plain.onnx", options.out
    names = ["heads", "categories", "span"]
    write_embeddings(model, out / "embeddings.npz")
    write_half(_Lower(model), width, [*names, "middle"], plain, out / "lower.onnx")
    write_half(_Upper(model), width, names, plain, out / "upper.onnx")
    shutil.copy(base_folder() / "vocab.txt", out / "vocabulary.txt")
    for path in sorted(out.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
