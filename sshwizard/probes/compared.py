"""The fact that another account was tried to compare: it stands beside the tree, and decides nothing."""

NAME = "other-account"
