"""The PDFs we make: application, receipt, licence."""
