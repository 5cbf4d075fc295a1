"""Which packages are published: a bundled index of names, and what looks like one of them."""
