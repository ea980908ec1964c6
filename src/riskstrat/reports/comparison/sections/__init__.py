"""The sections of a comparison, one module for each question."""
