"""An agent with simulated tools, for attacks that the bundled application has no way in for."""
