"""fieldhouse: keeps a data warehouse equal to field-service, workforce and help-desk APIs."""
