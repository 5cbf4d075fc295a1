"""What people were taught, and what vendors answered."""
