"""Training files as a whole: what no single line shows, and which lines show it together."""
