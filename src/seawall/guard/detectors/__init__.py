"""One detector a file, each with its card beside it; found by scanning this folder."""
