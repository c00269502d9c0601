"""How we speak to a cloud: asked rarely, in parallel, with a limit, and never in the way of ssh."""
