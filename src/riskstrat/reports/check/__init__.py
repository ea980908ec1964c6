"""The check report of a snapshot: `counts` and `tallies` count its rows, and each other module answers one question."""
