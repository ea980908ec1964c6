"""Write the sections of the monthly summary, one module each."""
