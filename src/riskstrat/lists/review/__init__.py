"""lists.review."""
