"""Seawall: risk mitigation for generative-AI applications, assessed, enforced and measured."""

__version__ = "0.1.0"
