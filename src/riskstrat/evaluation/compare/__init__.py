"""Several models fitted and judged on the same people, and what the choices in making one do."""
