-- One row per record of a person at a vendor (account, user, employee, operator), with the person that it is.
{{ config(alias=var('prefix') ~ 'person_records', indexes=key_index(['record_key'], [['person_key']])) }}
with records as (
    select record_key, account, record_id, 'account' as kind, full_name, email, phone, mobile_phone, job_title,
        is_active
    from {{ ref('fieldhouse', 'stg_shiftboard__accounts') }}
    union all
    select record_key, account, record_id, case when is_agent then 'agent' else 'user' end, full_name, email, phone,
        mobile_phone, job_title, is_active
    from {{ ref('fieldhouse', 'stg_bossdesk__users') }}
    union all
    select record_key, account, record_id, 'employee', full_name, email, phone, null, null, is_active
    from {{ ref('fieldhouse', 'stg_servicebridge__employees') }}
    union all
    select record_key, account, record_id, 'user', full_name, email, null, null, job_title, is_active
    from {{ ref('fieldhouse', 'stg_servicebridge__users') }}
    union all
    select record_key, account, record_id, 'employee', full_name, email, phone, null, null, is_active
    from {{ ref('fieldhouse', 'stg_servicesidekick__employees') }}
    union all
    select record_key, account, record_id, 'operator', full_name, email, null, mobile_phone, null, true
    from {{ ref('fieldhouse', 'stg_notific__operators') }}
),

-- BOSSDesk keeps agents and the people who ask them in one list
comparable as (
    select
        record_key,
        account,
        case when kind = 'agent' then 'user' else kind end as kind,
        {{ comparable_name('full_name') }} as name_key,
        coalesce(is_active, true) as is_active,
        {{ comparable_personal_email('email') }} as email,
        {{ comparable_phone('phone') }} as phone,
        {{ comparable_phone('mobile_phone') }} as mobile_phone
    from records
),

identifiers as (
    select record_key, 'e-mail' as reason, email as identifier from comparable
    union
    select record_key, 'phone', phone from comparable
    union
    select record_key, 'phone', mobile_phone from comparable
),

{{ identity('comparable', 'identifiers', 'e-mail', var('person_overrides')) }}

select
    records.record_key,
    'person:' || identities.first_record_key as person_key,
    {{ vendor_of('records.account') }} as vendor,
    records.account,
    records.record_id,
    records.kind,
    records.full_name,
    records.email,
    coalesce(records.mobile_phone, records.phone) as phone,
    records.job_title,
    records.is_active,
    identities.match_reason,
    identities.match_confidence
from records
inner join identities on identities.record_key = records.record_key
