"""What is allowed: the policy file, tool rules and what they decide."""
