"""Tests of the practice worlds."""
