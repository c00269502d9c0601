"""A Google Cloud on loopback, as far as practice needs it."""
