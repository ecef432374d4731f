-- One row per account of any vendor: the IANA time zone in which its days and business hours are counted.
{%- set vendors = ['bossdesk', 'notific', 'servicebridge', 'servicesidekick', 'shiftboard'] %}
with accounts as (
    {{ list_accounts(vendors) }}
),

set_by_hand as (
    {{ list_zones(var('zones')) }}
),

said_by_vendor as (
    select account.account, zones.time_zone
    from {{ ref('stg_bossdesk__account') }} as account
    inner join {{ ref('rails_time_zones') }} as zones on zones.rails_name = account.rails_time_zone
)

select
    accounts.account,
    coalesce(min(set_by_hand.time_zone), min(said_by_vendor.time_zone), '{{ var("zone") }}') as time_zone
from accounts
left join set_by_hand on set_by_hand.account = accounts.account
left join said_by_vendor on said_by_vendor.account = accounts.account
group by accounts.account
