"""Shim for the test run."""
