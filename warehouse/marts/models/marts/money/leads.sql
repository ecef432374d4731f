-- One row per lead: who may become a customer, what it may bring, and what became of it.
{{ config(alias=var('prefix') ~ 'leads', indexes=key_index(['lead_key'], [['account', 'created_on'], ['customer_key']])) }}
{{ config(ignoring={'int_account_zones': ['today']}) }}
select
    lead.lead_key,
    'servicebridge' as vendor,
    lead.account,
    lead.lead_id,
    lead.name,
    customer.customer_key,
    customer.party_key,
    lead.category,
    lead.status,
    case lead.status when 'Converted' then 'converted' when 'Lost' then 'lost' else 'open' end as state,
    lead.created_at,
    {{ local_day('lead.created_at', 'zones.time_zone') }} as created_on,
    cast(date_trunc('month', {{ local_day('lead.created_at', 'zones.time_zone') }}) as date) as created_in_month,
    lead.expected_amount,
    zones.currency,
    lead.updated_at
from {{ ref('fieldhouse', 'stg_servicebridge__leads') }} as lead
left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = lead.account
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = lead.customer_key
