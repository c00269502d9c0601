"""The looks: pure readers on real text, and looks on real files, sockets and processes."""
