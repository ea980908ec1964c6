"""Published clinical scores, one module each; code lists that several share are in `quan`."""
