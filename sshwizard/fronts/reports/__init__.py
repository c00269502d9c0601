"""What leaves this computer for a ticket: a session as Markdown, HTML, JSON or a bundle, with names masked."""
