-- One row per estimate: what was offered, to whom, and what became of it.
{{ config(alias=var('prefix') ~ 'estimates', indexes=key_index(['estimate_key'], [['account', 'created_on'], ['customer_key']])) }}
with estimates as (
    select
        estimate.*,
        zones.time_zone,
        zones.currency,
        zones.today,
        {{ local_day('estimate.created_at', 'zones.time_zone') }} as created_on,
        {{ day_of('estimate.expires_at', 'zones.time_zone') }} as expires_on
    from {{ ref('fieldhouse', 'stg_servicebridge__estimates') }} as estimate
    left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = estimate.account
)

select
    estimate.estimate_key,
    'servicebridge' as vendor,
    estimate.account,
    estimate.estimate_id,
    estimate.number,
    customer.customer_key,
    customer.name as customer_name,
    customer.party_key,
    location.location_key,
    estimate.category,
    estimate.sales_representative,
    estimate.campaign,
    estimate.status,
    case
        when estimate.status in ('Won', 'Approved', 'Accepted') then 'won'
        when estimate.status in ('Lost', 'Rejected', 'Declined', 'Canceled') then 'lost'
        when estimate.status = 'Draft' then 'draft'
        when estimate.expires_on < estimate.today then 'expired'
        else 'open'
    end as state,
    estimate.created_at,
    estimate.created_on,
    cast(date_trunc('month', estimate.created_on) as date) as created_in_month,
    estimate.expires_on,
    estimate.subtotal,
    estimate.tax,
    estimate.total,
    estimate.currency,
    estimate.updated_at
from estimates as estimate
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = estimate.customer_key
left join {{ ref('fieldhouse', 'locations') }} as location on location.location_key = estimate.location_key
