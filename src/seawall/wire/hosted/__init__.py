"""Tools that a provider runs itself: their definitions, their calls and what these return."""
