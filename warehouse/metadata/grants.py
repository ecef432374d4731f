"""Who may read: a role of analysts sees what is there and what will come, and changes nothing."""

from __future__ import annotations

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, names, quote
from fieldhouse.warehouse.errors import WarehouseSettingsError

PRIVATE = ("_state", "_quarantine")
"""Books that only the sync reads: `_state` can hold the salt of hashed columns, `_quarantine` whole records."""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('fieldhouse rights'))"


def grant_read(db: Database, schema: str, role: str) -> None:
    """Lets a role read a schema's tables, later ones too, but for the private books; Postgres only.

    The role is made, without a login, where it does not exist. Queries only when nothing is missing. Grants that
    others made stay. Raises WarehouseSettingsError where the role has to be made and may not be.
    """
    if _is_complete(db, schema, role):
        return
    to, in_schema = quote(role), quote(schema)
    with db.transaction():
        db.execute(_ONE_AT_A_TIME)
        if not _exists(db, role):
            _make(db, role)
        db.execute(f"GRANT USAGE ON SCHEMA {in_schema} TO {to}")
        db.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {in_schema} TO {to}")
        db.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {in_schema} GRANT SELECT ON TABLES TO {to}")
        if private := [name for name in PRIVATE if name in db.catalogue(schema)]:
            db.execute(f"REVOKE ALL ON {names(private, of=in_schema)} FROM {to}")


def _is_complete(db: Database, schema: str, role: str) -> bool:
    """Whether exactly the right tables may be read, and later ones will be."""
    if not _exists(db, role):
        return False
    to, private = literal(role), ", ".join(map(literal, PRIVATE))
    differing = (
        f"SELECT 1 FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm')"
        f" AND has_table_privilege({to}, c.oid, 'SELECT') <> (c.relname NOT IN ({private}))"
    )
    later = (
        "SELECT 1 FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee"
        " WHERE d.defaclnamespace = n.oid AND d.defaclobjtype = 'r' AND a.privilege_type = 'SELECT'"
        f" AND r.rolname = {to} AND d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    )
    return bool(
        db.fetch(
            f"SELECT 1 FROM pg_namespace AS n WHERE n.nspname = {literal(schema)}"
            f" AND has_schema_privilege({to}, n.oid, 'USAGE') AND NOT EXISTS ({differing}) AND EXISTS ({later})"
        )
    )


def _exists(db: Database, role: str) -> bool:
    return bool(db.fetch(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(role)}"))


def _make(db: Database, role: str) -> None:
    user, may = db.fetch(
        "SELECT rolname, rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    )[0]
    if not may:
        raise WarehouseSettingsError(
            f"warehouse.grant_read: the role {role} does not exist, and the user {user} may not make it;"
            f" expected a role that exists: ask a user who may run CREATE ROLE {quote(role)}"
        )
    db.execute(f"CREATE ROLE {quote(role)} NOLOGIN")
