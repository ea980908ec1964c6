"""How the figures of a comparison are drawn: each draws what it is handed and computes nothing.

`lines` are curves side by side, `forests` figures with their intervals on one scale, `bars` amounts, `calibrations` and
`shapes` what their names say. All in the colours of `pages.drawing`, never by colour alone.
"""
