"""Read the decisions in lists that teams filled in, and report what cannot be read."""
