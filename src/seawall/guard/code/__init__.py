"""Reading code in answers: where it stands, its tokens, the packages it wants."""
