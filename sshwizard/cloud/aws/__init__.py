"""Amazon EC2: whose address it is, and what the account says about the instance."""
