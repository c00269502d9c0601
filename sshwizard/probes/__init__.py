"""Looks: everything that is seen of the world. Each ends in one of its named outcomes and changes nothing."""
