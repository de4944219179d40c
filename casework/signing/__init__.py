"""Keys, certificates, PAdES signatures and their verification."""
