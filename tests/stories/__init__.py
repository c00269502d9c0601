"""Ten stories of people, from the first key to the last, in a real terminal (tmux)."""
