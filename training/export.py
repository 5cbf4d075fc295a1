"""Write the models of the package: python -m training.export [--run RUN] [--scout RUN] --out FOLDER."""

import argparse
import shutil
from pathlib import Path
from typing import cast

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from seawall.guard.model.transformer import CATEGORIES
from training.encoder import Encoder, base_folder, load_trained
from training.narrow import WIDTH, Narrow, load_narrow


class _Lower(nn.Module):
    """The lower half for one text: nothing is masked. Its vectors go on to the upper half."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        middle = self.encoder.lower(vectors, None)
        return (*self.encoder.half_way(middle, None), middle)


class _Upper(nn.Module):
    """The upper half for one text; its mean vector is for the comparison with known rows."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        ends = self.encoder.upper(vectors, None)
        said: tuple[torch.Tensor, ...] = self.encoder.end(ends, None)
        return (*said, ends.mean(1))


class _Scout(nn.Module):
    """The scout for one text."""

    def __init__(self, narrow: Narrow) -> None:
        super().__init__()
        self.narrow = narrow

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return self.narrow.judge(vectors)


def write_int8(model: nn.Module, width: int, names: list[str], plain: Path, path: Path) -> None:
    """Write a model that reads one text's vectors as int8 ONNX."""
    model.eval()
    torch.onnx.export(
        model,
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


def places_of(model: Encoder | Narrow) -> np.ndarray:
    """Return what is added to a word by its place; one row where the place says nothing."""
    if isinstance(model, Narrow):
        return np.zeros((1, model.words.embedding_dim))
    return cast(np.ndarray, (model.places.weight + model.kind).detach().numpy())


def write_embeddings(model: Encoder | Narrow, path: Path) -> None:
    """Write words as int8 with a scale each, places with the kind of text added to them."""
    words = model.words.weight.detach().numpy()
    scales = np.abs(words).max(axis=1) / 127
    scales[scales == 0] = 1.0
    np.savez(
        path,
        words=np.round(words / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        places=places_of(model).astype(np.float16),
        weight=model.norm.weight.detach().numpy(),
        bias=model.norm.bias.detach().numpy(),
    )


def write_large(model: Encoder, run: Path, out: Path) -> None:
    """Write the large model's halves, its word vectors and its vocabulary."""
    width, plain = model.words.embedding_dim, run / "plain.onnx"
    names = ["heads", "categories", "span"]
    write_embeddings(model, out / "embeddings.npz")
    write_int8(_Lower(model), width, [*names, "middle"], plain, out / "lower.onnx")
    write_int8(_Upper(model), width, [*names, "mean"], plain, out / "upper.onnx")
    shutil.copy(base_folder() / "vocab.txt", out / "vocabulary.txt")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, help="the large model's folder")
    parser.add_argument("--scout", type=Path, help="the scout's folder")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    if options.run:
        write_large(load_trained(options.run / "model.pt", len(CATEGORIES)), options.run, out)
    if options.scout:
        small = load_narrow(options.scout / "model.pt")
        write_embeddings(small, out / "scout.npz")
        plain = options.scout / "plain.onnx"
        write_int8(_Scout(small), WIDTH, ["heads"], plain, out / "scout.onnx")
    for path in sorted(out.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
