"""Risk scoring in nine steps; every score carries the id of the formula that made it."""
