"""Make a run of the package's own weights: python -m training.restore --weights WEIGHTS --out RUN.

Training can go on from what is shipped when the run that made it is gone. What rounding to int8 took
stays lost; it is a thousandth of a weight's column and less than a training step changes.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from seawall.guard.model.transformer import CATEGORIES
from training.encoder import Encoder, base_folder
from training.narrow import Narrow

_PRODUCT = re.compile(r"^/?(?P<part>.+?)(?:_|/)MatMul_output")


def matrices_of(path: Path) -> dict[str, torch.Tensor]:
    """Return the numbers of an exported model by the names that they have in training.

    Raises ValueError where a product's weights can't be told.
    """
    graph = onnx.load(path).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found = {
        name.split(".", 1)[1]: torch.tensor(value)
        for name, value in held.items()
        if "." in name and name.rsplit(".", 1)[1] in ("weight", "bias")
    }
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        name = node.input[1].removesuffix("_quantized")
        scale = held[f"{name}_scale"]
        values = (held[node.input[1]].astype(np.float32) - held[node.input[3]]) * scale
        found[_named(name, node.output[0])] = torch.tensor(values.T.copy())
    return found


def _named(weights: str, output: str) -> str:
    """Return the training name of a product's weights."""
    if weights.endswith(".weight_Transposed"):
        return weights.split(".", 1)[1].removesuffix("_Transposed")
    match = _PRODUCT.match(output)
    if match is None:
        raise ValueError(f"{output}: no name of a layer can be read from it.")
    return match["part"].replace("/", ".") + ".weight"


def restored(weights: Path) -> Encoder:
    """Return the large model of a folder of weights. Raises RuntimeError where a part is missing."""
    model = Encoder(len(CATEGORIES), json.loads((base_folder() / "config.json").read_text()))
    parts = matrices_of(weights / "lower.onnx")
    parts |= matrices_of(weights / "upper.onnx") | _words(weights / "embeddings.npz")
    parts["kind"] = torch.zeros_like(model.kind)
    model.load_state_dict(parts)
    return model


def restored_scout(weights: Path) -> Narrow:
    """Return the scout of a folder of weights. Raises RuntimeError where a part is missing."""
    model = Narrow()
    words = _words(weights / "scout.npz")
    words.pop("places.weight")
    model.load_state_dict(matrices_of(weights / "scout.onnx") | words)
    return model


def _words(path: Path) -> dict[str, torch.Tensor]:
    held = np.load(path)
    words = held["words"].astype(np.float32) * held["scales"][:, None]
    return {
        "words.weight": torch.tensor(words),
        "places.weight": torch.tensor(held["places"].astype(np.float32)),
        "norm.weight": torch.tensor(held["weight"]),
        "norm.bias": torch.tensor(held["bias"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    for folder, model in (
        ("all", restored(options.weights)),
        ("scout", restored_scout(options.weights)),
    ):
        path = options.out / folder / "model.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), path)
        print(path)


if __name__ == "__main__":
    main()
