"""The sections of a report: each a function of the `View`, None where there is nothing to show.

A section says what it shows in words, draws what is worth looking at, and gives all of it in tables.
"""
