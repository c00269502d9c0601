"""Looks at what AWS says about a hop: each a pure reader of an answer, and a look that awaits the answer."""
