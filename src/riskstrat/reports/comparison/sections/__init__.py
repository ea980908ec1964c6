"""reports.comparison.sections."""
