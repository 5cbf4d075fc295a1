"""What is measured: each module prints our figure beside the peer or the limit."""

import seawall  # noqa: F401 - before ONNX Runtime, whose telemetry it switches off
