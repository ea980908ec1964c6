"""evaluation.compare."""
