"""Kinds of model, one module each."""
