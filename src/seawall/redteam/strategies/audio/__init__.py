"""Strategies that make a sound of the text."""
