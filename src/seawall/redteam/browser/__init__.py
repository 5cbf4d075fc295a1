"""A web page as a target: Chromium, driven over its DevTools protocol."""
