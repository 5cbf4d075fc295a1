"""How a text can be read: normalised, decoded, unscrambled. Used by guard.views only."""
