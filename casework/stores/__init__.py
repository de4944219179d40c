"""Where cases and objects are kept."""
