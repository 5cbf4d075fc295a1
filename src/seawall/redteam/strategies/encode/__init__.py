"""Strategies that write the text in an encoding."""
