"""What the models may know about a patient, one module a topic."""
