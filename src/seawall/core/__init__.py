"""Plain types that every room shares; imports nothing of ours."""
