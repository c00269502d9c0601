"""What a person or a program sees: JSON, plain lines, the full screen."""
