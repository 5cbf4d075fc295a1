"""Risks, controls, probes, clauses and cases as YAML, with their loader."""
