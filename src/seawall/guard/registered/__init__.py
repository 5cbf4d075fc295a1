"""Registered texts: keyed fingerprints of what must not be repeated, and finding copies of it."""
