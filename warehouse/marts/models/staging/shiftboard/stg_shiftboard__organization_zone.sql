-- One row per account: the organization's own time zone, as its clock told the sync, else as its newest clock entry names it.
with told as (
    select account, min(time_zone) as time_zone
    from {{ ref('fieldhouse', 'stg_shiftboard__timezones') }}
    where is_organization_zone and time_zone is not null
    group by account
),

labels as (
    select account, time_zone_label
    from (
        select
            account,
            time_zone_label,
            row_number() over (partition by account order by clocked_in_at desc nulls last, {{ by_code('timeclock_key') }}) as place
        from {{ ref('fieldhouse', 'stg_shiftboard__timeclocks') }}
        where time_zone_label is not null
    ) as newest
    where place = 1
),

-- an account whose key may not list the zones still names its own one by a label
named as (
    select labels.account, min(coalesce(zones.time_zone, rails.time_zone)) as time_zone
    from labels
    left join {{ ref('fieldhouse', 'stg_shiftboard__timezones') }} as zones
        on zones.account = labels.account and zones.label = labels.time_zone_label
    left join {{ ref('fieldhouse', 'rails_time_zones') }} as rails on rails.rails_name = {{ rails_name('labels.time_zone_label') }}
    group by labels.account
),

accounts as (
    select account from told
    union
    select account from named
)

select accounts.account, coalesce(told.time_zone, named.time_zone) as time_zone
from accounts
left join told on told.account = accounts.account
left join named on named.account = accounts.account
where coalesce(told.time_zone, named.time_zone) is not null
