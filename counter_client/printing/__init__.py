"""Printing: an IPP codec, a client, our own printer, and the print station."""
