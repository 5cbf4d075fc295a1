"""Strategies that put a frame around the text."""
