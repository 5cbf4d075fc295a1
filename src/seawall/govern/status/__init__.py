"""What state each control is in, and what shows it."""
