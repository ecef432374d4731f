-- One row per role that a shift asks for.
with roles as (
    {{ live_rows('shiftboard', 'roles', {'id': 'text', 'name': 'text'}) }}
)

select
    {{ key_of('role', 'id') }} as role_key,
    _account as account,
    name
from roles
