"""Asking the profile's questions: what matters next, typed answers, and the file they go to."""
