"""One module a command: open the session, call the packages above, write, note for the audit."""
