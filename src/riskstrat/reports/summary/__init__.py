"""The managers' monthly summary of the lists: how many, whom they reach, what changes, what was decided.

`counts` makes the counts, `disclosure` makes them fit to be published, and `report` puts them on one page.
Nothing here reads a file or names a patient.
"""
