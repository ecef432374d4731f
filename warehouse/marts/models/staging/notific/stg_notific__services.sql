-- One row per service that tickets are about.
with services as (
    {{ live_rows('notific', 'services', {'id': 'text', 'name': 'text'}) }}
)

select
    {{ key_of('service', 'id') }} as service_key,
    _account as account,
    {{ filled('name') }} as name
from services
