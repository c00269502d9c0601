"""The tables: one row, one broken world, and the verdict it must get."""
