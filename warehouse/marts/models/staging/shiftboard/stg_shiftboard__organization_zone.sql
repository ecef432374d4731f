-- One row per account: the organization's own time zone, as its newest clock entry names it.
with labels as (
    select account, time_zone_label
    from (
        select
            account,
            time_zone_label,
            row_number() over (partition by account order by clocked_in_at desc nulls last, timeclock_key) as place
        from {{ ref('fieldhouse', 'stg_shiftboard__timeclocks') }}
        where time_zone_label is not null
    ) as newest
    where place = 1
)

select labels.account, zones.time_zone
from labels
inner join {{ ref('fieldhouse', 'stg_shiftboard__timezones') }} as zones
    on zones.account = labels.account and zones.label = labels.time_zone_label
where zones.time_zone is not null
