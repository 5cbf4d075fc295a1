"""Agents: which calls pass and which are stopped, on trajectories nobody tuned on and others."""

from benchmarks.agents.measure import main

__all__ = ["main"]
