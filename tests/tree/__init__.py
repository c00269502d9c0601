"""The tree: whole, and every leaf of it reached."""
