"""Probes, strategies, oracles and the runner: what measures whether the protection holds."""
