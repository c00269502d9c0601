"""Looks at Google Compute Engine."""
