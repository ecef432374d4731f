-- One row per label by which the vendor names a time zone. The figure in the label is wrong in summer. A zone that the
-- database does not know is null.
with timezones as (
    {{ live_rows('shiftboard', 'timezones', {
        'name': 'text', 'iana_timezone': 'text', '_is_organization_zone': 'boolean',
    }) }}
)

select
    _account as account,
    name as label,
    {{ known_zone(filled('iana_timezone')) }} as time_zone,
    coalesce(_is_organization_zone, false) as is_organization_zone
from timezones
