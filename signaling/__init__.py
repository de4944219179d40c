"""The server: carries messages between terminals and desks, and keeps cases."""
