"""What every test may ask for."""

from tests.built import built
from tests.landing import session
from tests.postgres import postgres_server, postgres_url, warehouse_url

__all__ = ["built", "postgres_server", "postgres_url", "session", "warehouse_url"]
