"""Comparison of several models on the same people, and of the choices in making a model."""
