"""The wizard in a browser of this machine. Needs the extra `serve`."""
