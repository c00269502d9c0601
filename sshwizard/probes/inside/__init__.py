"""A read-only look inside the server, through a way in that the person chose."""
