"""Published clinical scores, one module each."""
