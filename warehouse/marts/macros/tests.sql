{#- Rows whose key is null or stands twice. `model` has one row per combination of `columns`. -#}
{% test one_row_per(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %}
    or {{ column }} is null
{%- endfor %}
{% endtest %}


{#- Rows in which a number that counts or measures something is below zero. -#}
{% test never_negative(model, column_name) %}
select * from {{ model }} where {{ column_name }} < 0
{% endtest %}


{#- Accounts of which a mart has not as many rows as the raw tables have live ones. `tables` are vendor.table names. -#}
{% macro parity(mart, tables, where='1 = 1') %}
with raw as (
    {%- for name in tables %}
    select _account as account from ({{ live_rows(name.split('.')[0], name.split('.')[1], {'id': 'text', 'deleted_at': 'timestamptz'}) }}) as live
    {%- if name.startswith('servicesidekick.') %}
    where deleted_at is null
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

expected as (
    select account, count(*) as rows from raw group by account
),

found as (
    select account, count(*) as rows from {{ ref('fieldhouse', mart) }} where {{ where }} group by account
)

select coalesce(expected.account, found.account) as account, expected.rows as raw_rows, found.rows as mart_rows
from expected
full outer join found on found.account = expected.account
where coalesce(expected.rows, 0) <> coalesce(found.rows, 0)
{% endmacro %}
