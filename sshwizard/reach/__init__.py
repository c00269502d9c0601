"""Can a packet get there? Judged from saved answers of a cloud's API alone: nothing is asked, nothing is sent."""
