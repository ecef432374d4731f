"""Commands that serve until they are interrupted: dashboard, sandbox and webhooks."""
