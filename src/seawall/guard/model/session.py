"""Opens the models' files."""

from functools import cache
from pathlib import Path

import onnxruntime

# Grow by what is asked for, and not by powers of two.
_AS_ASKED = 1


@cache
def _share_buffers() -> None:
    """Give all sessions of this process one arena.

    Without an arena every buffer is malloc's, whose holes grew to 1.4 GB after 1,000 mails.
    """
    onnxruntime.create_and_register_allocator(
        onnxruntime.OrtMemoryInfo(
            "Cpu",
            onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
            0,
            onnxruntime.OrtMemType.DEFAULT,
        ),
        onnxruntime.OrtArenaCfg({"arena_extend_strategy": _AS_ASKED}),
    )


def session(path: Path, *, packed: bool = True) -> onnxruntime.InferenceSession:
    """Return a session of one thread, shared by all callers. Raises what onnxruntime raises.

    `packed`: a second copy of the weights is kept as products read it, some hundredths quicker.
    """
    _share_buffers()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("session.disable_prepacking", str(int(not packed)))
    # Texts have all lengths: a plan of buffers would be made, and kept, for each.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    # On a CPU the fused addition and norm takes six times as long as the two apart.
    return onnxruntime.InferenceSession(
        str(path),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )
