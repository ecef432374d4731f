-- One row per account and month: what was invoiced and credited in it, and what was collected.
{{ config(alias=var('prefix') ~ 'revenue_by_month', indexes=key_index(['month_key'], [['account', 'month']])) }}
{{ config(keyed={
    'key': 'month_key',
    'changes': [
        {'of': 'invoices', 'key': "account || ':' || invoiced_in_month", 'without': ['days_overdue', 'age_band']},
        {'of': 'payments', 'key': "account || ':' || paid_in_month"},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
with invoiced as (
    select
        account,
        invoiced_in_month as month,
        count(*) as invoices,
        sum(total) as invoiced,
        sum(case when total < 0 then total else 0 end) as credits,
        sum(paid) as paid_of_invoiced,
        sum(balance) as balance
    from {{ ref('fieldhouse', 'invoices') }}
    where not is_void and invoiced_in_month is not null
    group by account, invoiced_in_month
),

collected as (
    select
        account,
        paid_in_month as month,
        count(*) as payments,
        sum(amount) as collected,
        sum(case when not is_applied then amount else 0 end) as unapplied
    from {{ ref('fieldhouse', 'payments') }}
    where paid_in_month is not null
    group by account, paid_in_month
),

months as (
    select account, month from invoiced
    union
    select account, month from collected
)

-- ServiceSidekick tells no payments: what was collected in a month is unknown there
select
    months.account || ':' || months.month as month_key,
    zones.vendor,
    months.account,
    months.month,
    zones.currency,
    coalesce(invoiced.invoices, 0) as invoices,
    {{ money("coalesce(invoiced.invoiced, 0)") }} as invoiced,
    {{ money("coalesce(invoiced.credits, 0)") }} as credits,
    {{ money("case when invoiced.invoices is null then 0 else invoiced.paid_of_invoiced end") }} as paid_of_invoiced,
    {{ money("case when invoiced.invoices is null then 0 else invoiced.balance end") }} as balance_of_invoiced,
    case when zones.vendor = 'servicebridge' then coalesce(collected.payments, 0) end as payments,
    {{ money("case when zones.vendor = 'servicebridge' then coalesce(collected.collected, 0) end") }} as collected,
    {{ money("case when zones.vendor = 'servicebridge' then coalesce(collected.unapplied, 0) end") }} as unapplied
from months
inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = months.account
left join invoiced on invoiced.account = months.account and invoiced.month = months.month
left join collected on collected.account = months.account and collected.month = months.month
{{ only("months.account || ':' || months.month") }}
