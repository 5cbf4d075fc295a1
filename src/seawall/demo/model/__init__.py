"""A simulated model behind an OpenAI-compatible API: gullible on purpose, deterministic."""
