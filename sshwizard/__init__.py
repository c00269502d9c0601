"""sshwizard finds out why an SSH connection fails, and gets you in."""

__version__ = "0.1.0"
