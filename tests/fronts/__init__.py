"""The full screen: from recorded events without a network, and through a real terminal."""
