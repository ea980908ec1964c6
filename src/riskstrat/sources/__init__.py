"""Formats of extracts, one module each: rename, type, recode."""
