"""reports.comparison.drawings."""
