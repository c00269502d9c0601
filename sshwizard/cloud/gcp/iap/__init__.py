"""The TCP tunnel of Identity-Aware Proxy: its frames and what they mean without a socket, and the client."""
