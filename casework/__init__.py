"""The rules: cases, papers, signatures and proof. No sockets, no camera."""
