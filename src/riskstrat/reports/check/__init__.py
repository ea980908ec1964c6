"""reports.check."""
