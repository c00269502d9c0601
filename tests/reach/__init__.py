"""Whether packets get there, judged from saved answers of a cloud's API."""
