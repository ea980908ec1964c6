"""The steps: open the study, call pure functions, write; progress is reported here, and nothing is computed."""
