-- One row per record of a vendor and thing in it that cannot be right, with what the marts make of it.
{{ config(alias=var('prefix') ~ 'data_quality', indexes=key_index(['quality_key'], [['account', 'table_name']])) }}
{%- set long_ago = "timestamptz '2000-01-01 00:00:00+00'" %}
{%- set checks = [
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key', 'opened before 2000', 'opened_at < ' ~ long_ago,
        'counts in the backlog from the first day of the calendar'),
    ('tickets', 'stg_notific__tickets', 'ticket_key', 'opened before 2000', 'opened_at < ' ~ long_ago,
        'counts in the backlog from the first day of the calendar'),
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key', 'no opening time', 'opened_at is null',
        'has no age and is not in the backlog'),
    ('tickets', 'stg_notific__tickets', 'ticket_key', 'no opening time', 'opened_at is null',
        'has no age and is not in the backlog'),
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key', 'closed before it was opened', 'closed_at < opened_at',
        'has no time of resolution'),
    ('tickets', 'stg_notific__tickets', 'ticket_key', 'closed before it was opened', 'closed_at < opened_at',
        'has no time of resolution'),
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key', 'closed in the future', 'closed_at > ' ~ now(),
        'is open until then'),
    ('tickets', 'stg_notific__tickets', 'ticket_key', 'closed in the future', 'closed_at > ' ~ now(),
        'is open until then'),
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key', 'last changed in the future',
        'has_closed_status and closed_at is null and updated_at > ' ~ now(), 'is closed today'),
    ('tickets__time_entries', 'stg_bossdesk__ticket_time_entries', 'time_entry_key', 'impossible length',
        'minutes < 0 or minutes > ' ~ longest_span(), 'its minutes count nowhere'),
    ('work_orders__visits', 'stg_servicebridge__visits', 'visit_key', 'ends before it starts', 'ends_at < starts_at',
        'its minutes count nowhere'),
    ('work_orders__visits', 'stg_servicebridge__visits', 'visit_key', 'longer than a week',
        'ends_at > starts_at + ' ~ longest_span() ~ " * interval '1 minute'", 'its minutes count nowhere'),
    ('jobs', 'stg_servicesidekick__jobs', 'job_key', 'completed before it started', 'completed_at < started_at',
        'has no working time'),
    ('jobs__time_entries', 'stg_servicesidekick__time_entries', 'time_entry_key', 'ends before it starts',
        'ended_at < started_at', 'its minutes count nowhere'),
    ('jobs__time_entries', 'stg_servicesidekick__time_entries', 'time_entry_key', 'longer than a week',
        'ended_at > started_at + ' ~ longest_span() ~ " * interval '1 minute'", 'its minutes count nowhere'),
    ('invoices', 'stg_servicebridge__invoices', 'invoice_key', 'no date', 'invoiced_at is null', 'is in no month'),
    ('invoices', 'stg_servicebridge__invoices', 'invoice_key', 'dated before 2000', 'invoiced_at < ' ~ long_ago,
        'is in the month of its date'),
    ('payments', 'stg_servicebridge__payments', 'payment_key', 'no date', 'paid_at is null', 'is in no month'),
    ('payments', 'stg_servicebridge__payments', 'payment_key', 'dated before 2000', 'paid_at < ' ~ long_ago,
        'is in the month of its date'),
    ('shifts', 'stg_shiftboard__shifts', 'shift_key', 'no day', 'local_date is null', 'is in no day or week'),
    ('shifts', 'stg_shiftboard__shifts', 'shift_key', 'dated before 2000', "local_date < date '2000-01-01'",
        'is in the week of its day'),
    ('shifts', 'stg_shiftboard__shifts', 'shift_key', 'ends before it starts',
        'ends_at < starts_at or (ends_at is null and local_end < local_start)', 'has no scheduled minutes'),
    ('shifts', 'stg_shiftboard__shifts', 'shift_key', 'longer than a week',
        'ends_at > starts_at + ' ~ longest_span() ~ " * interval '1 minute'"
        ~ ' or (ends_at is null and local_end > local_start + ' ~ longest_span() ~ " * interval '1 minute')",
        'has no scheduled minutes'),
    ('timeclocks', 'stg_shiftboard__timeclocks', 'timeclock_key', 'clocked out before clocked in',
        'clocked_out_at < clocked_in_at', 'its minutes count nowhere'),
    ('timeclocks', 'stg_shiftboard__timeclocks', 'timeclock_key', 'longer than a week',
        'clocked_out_at > clocked_in_at + ' ~ longest_span() ~ " * interval '1 minute'", 'its minutes count nowhere'),
    ('timeclocks', 'stg_shiftboard__timeclocks', 'timeclock_key', 'no clock-in', 'clocked_in_at is null',
        'its minutes count nowhere'),
    ('timecards', 'stg_shiftboard__timecards', 'timecard_key', 'no day', 'local_date is null', 'is in no week'),
    ('time_off_requests', 'stg_shiftboard__time_off_requests', 'time_off_key', 'ends before it starts',
        'last_day < first_day', 'frees nobody from work'),
] %}
{%- set readings = [
    ('tickets', 'stg_bossdesk__tickets', 'ticket_key'),
    ('tickets', 'stg_notific__tickets', 'ticket_key'),
    ('tickets__comments', 'stg_bossdesk__ticket_comments', 'comment_key'),
    ('tickets__time_entries', 'stg_bossdesk__ticket_time_entries', 'time_entry_key'),
    ('tickets__tasks', 'stg_bossdesk__ticket_tasks', 'task_key'),
    ('tickets__approval_requests', 'stg_bossdesk__ticket_approvals', 'approval_key'),
    ('leads', 'stg_servicebridge__leads', 'lead_key'),
    ('work_orders', 'stg_servicebridge__work_orders', 'job_key'),
    ('work_orders__visits', 'stg_servicebridge__visits', 'visit_key'),
    ('work_orders__work_order_lines', 'stg_servicebridge__work_order_lines', 'line_key'),
    ('estimates', 'stg_servicebridge__estimates', 'estimate_key'),
    ('invoices', 'stg_servicebridge__invoices', 'invoice_key'),
    ('payments', 'stg_servicebridge__payments', 'payment_key'),
    ('assets', 'stg_servicebridge__assets', 'asset_key'),
    ('customers', 'stg_servicebridge__customers', 'customer_key'),
    ('terms', 'stg_servicebridge__terms', 'term_key'),
    ('customers', 'stg_servicesidekick__customers', 'customer_key'),
    ('jobs', 'stg_servicesidekick__jobs', 'job_key'),
    ('jobs__time_entries', 'stg_servicesidekick__time_entries', 'time_entry_key'),
    ('jobs__job_charges', 'stg_servicesidekick__job_charges', 'line_key'),
    ('accounts', 'stg_shiftboard__pay_rates', 'worker_key'),
    ('shifts', 'stg_shiftboard__shifts', 'shift_key'),
    ('shifts__breaks', 'stg_shiftboard__shift_breaks', 'break_key'),
    ('timeclocks', 'stg_shiftboard__timeclocks', 'timeclock_key'),
    ('timecards', 'stg_shiftboard__timecards', 'timecard_key'),
    ('time_off_requests', 'stg_shiftboard__time_off_requests', 'time_off_key'),
] %}
with problems as (
    {%- for table_name, model, key, problem, condition, consequence in checks %}
    select
        account,
        cast('{{ table_name }}' as text) as table_name,
        {{ key }} as record_key,
        cast('{{ problem }}' as text) as problem,
        cast(null as text) as columns,
        cast('{{ consequence }}' as text) as consequence
    from {{ ref('fieldhouse', model) }}
    where {{ condition }}
    union all
    {%- endfor %}
    {%- for table_name, model, key in readings %}
    select account, '{{ table_name }}', {{ key }}, 'unreadable value', unreadable_columns, 'the value is null'
    from {{ ref('fieldhouse', model) }}
    where unreadable_columns is not null
    union all
    {%- endfor %}
    select
        account,
        case when product_key like '%:service:%' then 'services' else 'products' end,
        product_key,
        'unreadable value',
        unreadable_columns,
        'the value is null'
    from {{ ref('fieldhouse', 'stg_servicebridge__products') }}
    where unreadable_columns is not null
    union all
    select account, 'shifts', shift_key, 'no time zone', null, 'its times are in the zone of the account'
    from {{ ref('fieldhouse', 'shifts') }}
    where not is_zone_known and local_date is not null
    union all
    select account, 'timeclocks', timeclock_key, 'overlaps an earlier entry', null, 'the overlap counts once'
    from {{ ref('fieldhouse', 'int_clock_entries') }}
    where counted_minutes < minutes
    union all
    select line.account, 'work_orders__work_order_lines', line.line_key, 'impossible cost', null, 'its cost and margin are null'
    from {{ ref('fieldhouse', 'stg_servicebridge__work_order_lines') }} as line
    inner join {{ ref('fieldhouse', 'stg_servicebridge__products') }} as product
        on product.product_key = coalesce(line.product_key, line.service_key)
    where line.quantity is not null and product.cost is not null
        and {{ cost_of('line.quantity', 'product.cost') }} is null
    union all
    -- an invoice of ServiceSidekick is a part of its job
    select
        account,
        case when {{ vendor_of('account') }} = 'servicesidekick' then 'jobs' else 'invoices' end,
        invoice_key,
        'due before it was invoiced',
        null,
        'ages from the day that it names'
    from {{ ref('fieldhouse', 'invoices') }}
    where due_on < invoiced_on and not is_void
)

select
    record_key || ':' || problem as quality_key,
    {{ vendor_of('account') }} as vendor,
    account,
    table_name,
    record_key,
    problem,
    columns,
    consequence
from problems
