"""Strategies that shape a flood of requests."""
