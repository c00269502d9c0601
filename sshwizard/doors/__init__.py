"""Ways into a server beside the one that fails."""
