"""The guard: text or image in, verdict out; no I/O of its own."""
