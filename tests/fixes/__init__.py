"""What can be done about a cause, on practice worlds."""
