"""`python -m sshwizard`."""

from sshwizard.cli import run

run()
