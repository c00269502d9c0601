"""What Google Compute Engine decides."""
