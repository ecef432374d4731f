"""The vendors, and the engine that reads them."""
