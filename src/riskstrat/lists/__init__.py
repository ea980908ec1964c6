"""Lists: who may be on one, what a row says, and what a team decided."""
