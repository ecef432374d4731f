"""What every test may ask for."""

from tests.landing import session
from tests.postgres import postgres_server, postgres_url, warehouse_url

__all__ = ["postgres_server", "postgres_url", "session", "warehouse_url"]
