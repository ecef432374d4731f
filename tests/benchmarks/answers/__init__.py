"""Bodies that no vendor should send, in their thousands: by hand."""
