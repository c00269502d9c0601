"""How the sentences of the sources become a catalogue."""
