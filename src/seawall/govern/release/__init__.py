"""The release gate for CI: the register, what people decided, and how old it all is."""
