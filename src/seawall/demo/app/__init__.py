"""Harbour Shop Bank: a small real application, unprotected on purpose."""
