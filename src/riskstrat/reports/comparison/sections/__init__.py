"""The sections of a comparison, a module for each question that it answers."""
