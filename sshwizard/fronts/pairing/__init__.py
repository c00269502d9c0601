"""Two at one session: a joiner sends acts over a local socket, and the owner's process alone looks and changes."""
