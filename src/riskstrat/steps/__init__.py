"""One module for each command: call the other packages, write the files, note them for the audit log."""
