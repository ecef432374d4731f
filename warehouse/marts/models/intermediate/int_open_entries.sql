-- One row per technician and day with entries of work that were started and not ended.
{{ config(ignoring={'int_account_zones': ['today']}) }}
select
    entry.technician_key,
    entry.account,
    {{ local_day('entry.started_at', 'zones.time_zone') }} as day,
    count(*) as open_entries
from {{ ref('fieldhouse', 'stg_servicesidekick__time_entries') }} as entry
inner join {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }} as job on job.job_key = entry.job_key
inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = entry.account
where entry.technician_key is not null and entry.started_at is not null and entry.ended_at is null
    and coalesce(entry.unreadable_columns, '') not like '%ended_on%'
group by entry.technician_key, entry.account, {{ local_day('entry.started_at', 'zones.time_zone') }}
