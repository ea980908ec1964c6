"""reports.summary.sections."""
