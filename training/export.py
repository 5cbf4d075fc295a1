"""Write the transformer as int8 ONNX: python -m training.export --run FOLDER --out FOLDER."""

import argparse
import shutil
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from seawall.guard.model.transformer import CATEGORIES
from training.encoder import base_folder, load_base


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    model = load_base(len(CATEGORIES))
    model.load_state_dict(torch.load(options.run / "model.pt"))
    model.eval()
    ids = torch.randint(1000, 2000, (2, 24))
    plain = options.run / "plain.onnx"
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        plain,
        input_names=["ids", "mask"],
        output_names=["heads", "categories", "span"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in ("ids", "mask", "span")}
        | {name: {0: "batch"} for name in ("heads", "categories")},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        plain,
        options.out / "transformer.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather", "Gemm"],
    )
    shutil.copy(base_folder() / "vocab.txt", options.out / "vocabulary.txt")
    for path in sorted(options.out.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
