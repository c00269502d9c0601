"""How we speak to Google Cloud."""
