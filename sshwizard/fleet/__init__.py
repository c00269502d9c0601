"""Many servers at once: whom to ask, how many at a time, what was found, and what it has in common."""
