"""The data-quality report of a snapshot: what came in, what is missing, who stopped sending.

`tallies` counts a snapshot part by part; every other module turns those counts, or the manifest, into findings and a
section of the report; `report` puts them together. Nothing here reads a patient's row into Python.
"""
