"""Lists that teams filled in, read back: files to rows, rows to decisions, and decisions of several copies to one.

Nothing here writes, and nothing that is shown holds what a cell said, unless it is a word of the program's own.
"""
