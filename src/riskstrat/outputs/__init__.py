"""File formats for lists, one module each."""
