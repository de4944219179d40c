"""The words that terminals, desks and the server say to each other."""
