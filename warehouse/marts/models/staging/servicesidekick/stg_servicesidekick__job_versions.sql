-- One row per version of a job that its history kept, where an account keeps one.
with versions as (
    {{ live_rows('servicesidekick', 'jobs_history', {
        'id': 'text',
        'status': 'text',
        'job_status__name': 'text',
        'scheduled_on': 'timestamptz',
        'started_on': 'timestamptz',
        'completed_on': 'timestamptz',
        'canceled_on': 'timestamptz',
        '_valid_from': 'timestamptz',
        '_valid_to': 'timestamptz',
    }) }}
)

select
    {{ key_of('job', 'id') }} as job_key,
    _account as account,
    coalesce(job_status__name, status) as status,
    scheduled_on as scheduled_at,
    started_on as started_at,
    completed_on as completed_at,
    canceled_on as cancelled_at,
    _valid_from as valid_from,
    _valid_to as valid_to
from versions
where _valid_from is not null
