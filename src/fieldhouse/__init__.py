"""fieldhouse: keeps a data warehouse equal to field-service, workforce and help-desk APIs."""

__version__ = "0.2.0"
