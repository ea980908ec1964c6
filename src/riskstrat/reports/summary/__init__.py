"""Summarise a month's lists for managers: how many, who is reached, what changed, what was decided.

`counts` counts, `disclosure` prepares the counts for publication, and `report` puts them on one page. Nothing here
reads a file or names a patient.
"""
