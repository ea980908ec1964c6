"""Lists that teams filled in -> decisions, and what could not be read."""
