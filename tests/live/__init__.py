"""Live tests: real sshd, real ssh, really broken, and what the product says about it."""
