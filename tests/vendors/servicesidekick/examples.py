"""The account of these tests, and answers of ServiceSidekick made by hand."""

from __future__ import annotations

ACCOUNT = {"base_url": "https://myapp.servicesidekick.com", "api_token": "token-token"}
