"""Strategies that render the text into a picture."""
