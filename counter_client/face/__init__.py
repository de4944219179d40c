"""Compares the face at a window with a portrait: in memory, as advice."""
