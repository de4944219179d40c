"""The media worker: forwards encoded media over one UDP port, and journals it."""
