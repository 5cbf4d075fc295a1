"""Reading a repository for facts of a profile. Nothing of it is ever imported or run."""
