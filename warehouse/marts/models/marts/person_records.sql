-- One row per record of a person at a vendor (account, user, employee, operator), with the person that it is.
with records as (
    select record_key, account, record_id, 'account' as kind, full_name, email, phone, mobile_phone, job_title,
        is_active
    from {{ ref('stg_shiftboard__accounts') }}
    union all
    select record_key, account, record_id, case when is_agent then 'agent' else 'user' end, full_name, email, phone,
        mobile_phone, job_title, is_active
    from {{ ref('stg_bossdesk__users') }}
    union all
    select record_key, account, record_id, 'employee', full_name, email, phone, null, null, is_active
    from {{ ref('stg_servicebridge__employees') }}
    union all
    select record_key, account, record_id, 'user', full_name, email, null, null, job_title, is_active
    from {{ ref('stg_servicebridge__users') }}
    union all
    select record_key, account, record_id, 'employee', full_name, email, phone, null, null, is_active
    from {{ ref('stg_servicesidekick__employees') }}
    union all
    select record_key, account, record_id, 'operator', full_name, email, null, mobile_phone, null, true
    from {{ ref('stg_notific__operators') }}
),

identifiers as (
    select record_key, account, kind, 'e-mail' as reason, {{ comparable_email('email') }} as identifier from records
    union
    select record_key, account, kind, 'phone', {{ comparable_phone('phone') }} from records
    union
    select record_key, account, kind, 'phone', {{ comparable_phone('mobile_phone') }} from records
),

-- an address or number that two records of one account share (an office's, a family's) tells nobody apart
telling as (
    select record_key, account, reason, identifier
    from (
        select
            identifiers.*,
            count(*) over (partition by account, kind, reason, identifier) as holders
        from identifiers
        where identifier is not null
    ) as counted
    where holders = 1
),

agreeing as (
    select
        one.record_key,
        one.account,
        other.record_key as other_record_key,
        other.account as other_account,
        one.reason
    from telling as one
    inner join telling as other
        on other.identifier = one.identifier
        and other.reason = one.reason
        and other.record_key <> one.record_key
),

-- a phone number does not speak against an e-mail address that already names somebody else of that account
links as (
    select distinct agreeing.record_key, agreeing.other_record_key, agreeing.reason
    from agreeing
    left join agreeing as stronger
        on agreeing.reason = 'phone'
        and stronger.reason = 'e-mail'
        and (
            (stronger.record_key = agreeing.record_key
                and stronger.other_account = agreeing.other_account
                and stronger.other_record_key <> agreeing.other_record_key)
            or (stronger.record_key = agreeing.other_record_key
                and stronger.other_account = agreeing.account
                and stronger.other_record_key <> agreeing.record_key)
        )
    where stronger.record_key is null
),

connected as (
    {{ connected('records', 'links') }}
),

reasons as (
    select
        record_key,
        max(case when reason = 'e-mail' then 1 else 0 end) as by_email,
        max(case when reason = 'phone' then 1 else 0 end) as by_phone
    from links
    group by record_key
)

select
    records.record_key,
    'person:' || connected.first_record_key as person_key,
    {{ vendor_of('records.account') }} as vendor,
    records.account,
    records.record_id,
    records.kind,
    records.full_name,
    records.email,
    coalesce(records.mobile_phone, records.phone) as phone,
    records.job_title,
    records.is_active,
    case
        when by_email = 1 and by_phone = 1 then 'e-mail and phone'
        when by_email = 1 then 'e-mail'
        when by_phone = 1 then 'phone'
        else 'alone'
    end as match_reason
from records
inner join connected on connected.record_key = records.record_key
left join reasons on reasons.record_key = records.record_key
