"""What changed between two dates: risks, controls, success rates, losses."""
