"""Pages: one self-contained HTML file of findings, tables and figures, to be read offline and printed.

`content` says what a page is made of, `drawing` turns a figure into inline SVG, `write` fills the template.
Nothing here knows what a page is about, so that every report of the program looks and reads alike.
"""
