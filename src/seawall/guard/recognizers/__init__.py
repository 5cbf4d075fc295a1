"""Recognizers of personal data: expressions, check digits and context words."""
