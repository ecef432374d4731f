-- One row per account, the vendor's word for a person: what an hour costs today, and whether overtime is paid.
-- The account's own rate counts before that of its pay code.
with accounts as (
    {{ live_rows('shiftboard', 'accounts', {
        'id': 'text',
        'paycode': 'text',
        'pay_rate': 'numeric(18, 4)',
        'overtime_exempt': 'boolean',
    }) }}
),

paycodes as (
    {{ live_rows('shiftboard', 'paycodes', {'id': 'text', 'pay_rate': 'numeric(18, 4)'}) }}
),

rates as (
    select
        accounts._account,
        accounts.id,
        accounts.pay_rate as own_rate,
        paycodes.pay_rate as paycode_rate,
        accounts.overtime_exempt,
        accounts._unreadable
    from accounts
    left join paycodes on paycodes._account = accounts._account and paycodes.id = accounts.paycode
)

select
    {{ key_of('account', 'id') }} as worker_key,
    _account as account,
    coalesce(own_rate, paycode_rate) as rate,
    case
        when own_rate is not null then 'account'
        when paycode_rate is not null then 'pay code'
        else 'unknown'
    end as rate_source,
    coalesce(overtime_exempt, false) as is_overtime_exempt,
    _unreadable as unreadable_columns
from rates
