"""Strategies that disturb the letters and leave the text readable."""
