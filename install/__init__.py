"""Sets a checkout up: environment, pages, fonts, and what tests need."""
