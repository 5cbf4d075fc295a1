"""Write the topic model and what it says: python -m training.export_topic --data FOLDER --run RUN
--topic OUT --weights WEIGHTS.

`topic.onnx` names where in the other models' files its numbers stand, byte for byte; only what is
its own is in it. `stray.npz` gets the network that compares two vectors, moved so that few harmless
documents reach even odds.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import external_data_helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from torch import nn

from seawall.guard.model.gloss import glossed
from seawall.guard.model.stray import OWN_PIECES
from seawall.guard.model.transformer import Reader
from training.export import write_int8
from training.rows import load
from training.stray import CALIBRATED, Document, Examples, asking, documents, tasks
from training.topic import WIDTH, Topic, ids_of, likely_of, stray_of

HALVES = ("lower.onnx", "upper.onnx")
# Smaller numbers are not worth a name.
SMALLEST = 256
# The first look at a sentence's own vector is fitted on so many documents and loses this share.
GATED, LOST = 1_500, 0.01
# This share of harmless documents may reach even odds; what holds no candidate has very low ones.
FLAGGED, NEVER = 0.004, -30.0
# Natural texts of strangers in other languages reach odds that are higher by so much at least.
MARGIN = 0.75


class _Mean(nn.Module):
    """The topic model for one text: nothing is masked."""

    def __init__(self, topic: Topic) -> None:
        super().__init__()
        self.topic = topic

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return self.topic.mean(vectors, None)


def share(path: Path, folder: Path) -> tuple[int, int]:
    """Let a model read from the halves' files what stands there, too.

    Returns how many bytes are shared and how many are its own.
    """
    held = {name: (folder / name).read_bytes() for name in HALVES}
    model = onnx.load(path)
    shared = own = 0
    for part in model.graph.initializer:
        raw = numpy_helper.to_array(part).tobytes()
        found = next(
            ((name, at) for name, data in held.items() if (at := data.find(raw)) >= 0), None
        )
        if len(raw) < SMALLEST or found is None:
            own += len(raw)
            continue
        part.raw_data = raw
        name, at = found
        external_data_helper.set_external_data(part, name, offset=at, length=len(raw))
        part.ClearField("raw_data")
        part.data_location = onnx.TensorProto.EXTERNAL
        shared += len(raw)
    _named_shortly(model)
    (folder / "topic.onnx").write_bytes(model.SerializeToString())
    return shared, own


def _named_shortly(model: onnx.ModelProto) -> None:
    """Give all numbers short names: the long ones take a third of the file."""
    graph = model.graph
    kept = {one.name for one in (*graph.input, *graph.output)}
    short: dict[str, str] = {}

    def named(name: str) -> str:
        if not name or name in kept:
            return name
        return short.setdefault(name, f"n{len(short):x}")

    for part in graph.initializer:
        part.name = named(part.name)
    for node in graph.node:
        node.name = ""
        node.input[:] = [named(name) for name in node.input]
        node.output[:] = [named(name) for name in node.output]
    del graph.value_info[:]


def head_of(topic: Topic) -> dict[str, np.ndarray]:
    """Return the arrays that `seawall.guard.model.stray.Head` reads."""
    bias = [topic.out.bias.item(), topic.nearness.item(), 0.0]
    return {
        "hidden": topic.hidden.weight.detach().numpy().T.astype(np.float16),
        "hidden_bias": topic.hidden.bias.detach().numpy(),
        "out": topic.out.weight.detach().numpy()[0],
        "bias": np.array(bias, dtype=np.float32),
    }


def gate_of(folder: Path, topic: Topic, make: Examples, hosts: list[Document]) -> np.ndarray:
    """Return weights of a sentence's own vector and a bias: below zero it is no task at all.

    So few stray tasks as LOST are below.
    """
    reader = Reader.load(folder)
    examples = [one for host in hosts for one in make.of(host)]
    texts = [ids_of(reader, one.own, OWN_PIECES) for one in examples]
    with torch.no_grad():
        own = np.concatenate(
            [topic.embed(texts[at : at + 48]).numpy() for at in range(0, len(texts), 48)]
        )
    labels = np.array([one.stray for one in examples])
    fitted = LogisticRegression(C=10, max_iter=300, class_weight="balanced").fit(own * 10, labels)
    weights = fitted.coef_[0] * 10
    said = own @ weights
    least = np.quantile(said[labels], LOST)
    print(f"gate: {(said[~labels] >= least).mean():.1%} of harmless sentences pass it")
    return np.append(weights, -least).astype(np.float32)


def calibrated(folder: Path, hosts: list[Document]) -> tuple[float, float]:
    """Return by how much the log-odds are too high, and by how much more so in other languages:
    FLAGGED of the documents would reach zero.
    """
    stray = stray_of(folder)
    said = np.array([found.odds if (found := stray.worst(host.text)) else NEVER for host in hosts])
    foreign = np.array([glossed(host.text) is not None for host in hosts])
    by, more = (float(np.quantile(said[own], 1 - FLAGGED)) for own in (~foreign, foreign))
    print(f"lowered by {by:.2f}, by {more:.2f} in {foreign.sum()} texts of other languages")
    return by, max(MARGIN, more - by)


def write_head(
    folder: Path, head: dict[str, np.ndarray], by: float = 0.0, more: float = 0.0
) -> None:
    """Put the network into `stray.npz`, its log-odds lowered, by `more` in other languages."""
    path = folder / "stray.npz"
    with np.load(path) as arrays:
        held = {name: arrays[name] for name in arrays.files}
    lowered = head["bias"] - np.array([by, 0.0, -more], dtype=np.float32)
    np.savez_compressed(path, **held | head | {"bias": lowered})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="the large model's folder")
    parser.add_argument("--topic", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    options = parser.parse_args()
    topic = Topic(options.run)
    topic.load_state_dict(torch.load(options.topic / "topic.pt"), strict=False)
    plain, whole = options.topic / "plain.onnx", options.topic / "whole.onnx"
    write_int8(_Mean(topic.eval()), WIDTH, ["mean"], plain, whole)
    shared, own = share(whole, options.weights)
    print(f"topic.onnx: {shared} bytes shared, {own} of its own")
    rows = load(options.data)
    hosts = documents(rows)[:CALIBRATED]
    make = Examples([], tasks(rows), likely_of(options.weights))
    head = head_of(topic)
    head["gate"] = gate_of(options.weights, topic, make, hosts[:GATED] + asking())
    write_head(options.weights, head)
    write_head(options.weights, head, *calibrated(options.weights, hosts))


if __name__ == "__main__":
    main()
