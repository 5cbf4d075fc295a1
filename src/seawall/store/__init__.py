"""The only SQL: audit chain, keys, acceptances and runs."""
