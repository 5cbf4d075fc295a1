"""From a profile to applicable risks, scores, a register and a plan."""
