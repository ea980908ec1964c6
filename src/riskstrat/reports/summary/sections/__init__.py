"""The sections of the monthly summary, one module each."""
