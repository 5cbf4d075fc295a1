"""What attacks are made of: words, made-up personal data and secrets, pictures, files."""
