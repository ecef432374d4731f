{#- The schemas that hold a vendor's accounts: those of the var `accounts`, else those that a sync has written. -#}
{% macro accounts_of(vendor) %}
    {%- if var('accounts') -%}
        {{ return(var('accounts').get(vendor, [])) }}
    {%- endif -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set written = run_query(
        "select distinct table_schema from information_schema.tables"
        ~ " where table_name = '_syncs' and table_catalog = current_database() order by 1"
    ) -%}
    {%- set accounts = [] -%}
    {%- for schema in written.columns[0].values() if schema == vendor or schema.startswith(vendor ~ '_') -%}
        {%- do accounts.append(schema) -%}
    {%- endfor -%}
    {{ return(accounts) }}
{% endmacro %}


{#- The live rows of one raw table over all accounts of its vendor, with the columns that a model needs, {name: type}.

    `_account` is the account's schema. Rows that the vendor deleted are out, unless `deleted_too`. A table that is not there gives no
    rows, a column that is not there gives nulls: a vendor without an account leaves its share empty. -#}
{% macro live_rows(vendor, table, columns, deleted_too=false) %}
    {%- set selects = [] -%}
    {%- for account in accounts_of(vendor) if execute -%}
        {#- not adapter.get_relation: its cache tells another thread of half a schema while it is being filled -#}
        {%- set relation = api.Relation.create(database=target.database, schema=account, identifier=table) -%}
        {%- set held = adapter.get_columns_in_relation(relation) -%}
        {%- if held -%}
            {%- do selects.append(select_live(account, relation, held, columns, deleted_too)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') if selects else select_nothing(columns) }}
{%- endmacro %}


{% macro select_live(account, relation, held_columns, columns, deleted_too) %}
    {%- set held = {} -%}
    {%- for column in held_columns -%}
        {%- do held.update({column.name: column.data_type | lower}) -%}
    {%- endfor -%}
    select
        cast('{{ account }}' as text) as _account
        {%- for name, type in columns.items() %},
        {{ as_type(adapter.quote(name), held[name], type) if name in held else 'cast(null as ' ~ type ~ ')' }} as {{ adapter.quote(name) }}
        {%- endfor %}
    from {{ relation }}
    {%- if '_deleted_at' in held and not deleted_too %}
    where _deleted_at is null
    {%- endif %}
{%- endmacro %}


{% macro select_nothing(columns) -%}
    select
        cast(null as text) as _account
        {%- for name, type in columns.items() %},
        cast(null as {{ type }}) as {{ adapter.quote(name) }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}


{#- A column in the type that a model wants. Where the vendor's values have turned the column into another type,
    what still reads as the wanted type is kept and the rest is null. -#}
{% macro as_type(column, held, wanted) %}
    {%- set family = {
        'bigint': 'number', 'integer': 'number', 'double': 'number', 'double precision': 'number',
        'text': 'text', 'varchar': 'text', 'boolean': 'boolean', 'date': 'date',
        'timestamp with time zone': 'time', 'timestamptz': 'time',
    } -%}
    {%- set held_family = 'number' if held.startswith(('decimal', 'numeric')) else family.get(held, 'other') -%}
    {%- set wanted_family = 'number' if wanted.startswith('numeric') else family[wanted] -%}
    {%- if wanted_family in ('text', held_family) -%}
        cast({{ column }} as {{ wanted }})
    {%- else -%}
        {{ return(adapter.dispatch('read_as', 'fieldhouse')(column, wanted, wanted_family)) }}
    {%- endif -%}
{% endmacro %}


{% macro duckdb__read_as(column, wanted, family) -%}
    try_cast(cast({{ column }} as text) as {{ wanted }})
{%- endmacro %}


{% macro postgres__read_as(column, wanted, family) -%}
    {%- set day = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set pattern = {
        'number': '-?[0-9]{1,18}' if wanted in ('bigint', 'integer') else '-?[0-9]{1,18}([.][0-9]+)?',
        'boolean': '(true|false|0|1)',
        'date': day,
        'time': day ~ '([T ]' ~ clock ~ '(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?',
    } -%}
    case when cast({{ column }} as text) ~ '^{{ pattern[family] }}$' then cast(cast({{ column }} as text) as {{ wanted }}) end
{%- endmacro %}


{#- Rows of every synced table: those that the vendor has and those that it deleted. A table that a sync owns has a
    row hash; child tables have none and are not counted. -#}
{% macro count_rows(vendors) %}
    {%- set tables = [] -%}
    {%- for vendor in vendors -%}
        {%- for account in accounts_of(vendor) if execute -%}
            {%- set found = run_query(
                "select table_name from information_schema.columns where table_schema = '" ~ account
                ~ "' and column_name = '_row_hash' and table_catalog = current_database() order by 1"
            ) -%}
            {%- for table in found.columns[0].values() -%}
                {%- do tables.append((account, table)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for account, table in tables -%}
select
    cast('{{ account }}' as text) as account,
    cast('{{ table }}' as text) as table_name,
    count(*) - count(_deleted_at) as live_rows,
    count(_deleted_at) as deleted_rows
from {{ adapter.quote(account) }}.{{ adapter.quote(table) }}
    {{ 'union all' if not loop.last }}
    {% else -%}
select
    cast(null as text) as account,
    cast(null as text) as table_name,
    cast(null as bigint) as live_rows,
    cast(null as bigint) as deleted_rows
where 1 = 0
    {%- endfor -%}
{% endmacro %}


{#- The accounts of these vendors, as rows with one column `account`. -#}
{% macro list_accounts(vendors) %}
    {%- set accounts = [] -%}
    {%- for vendor in vendors -%}
        {%- do accounts.extend(accounts_of(vendor)) -%}
    {%- endfor -%}
    {%- for account in accounts -%}
    select cast('{{ account }}' as text) as account
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as account where 1 = 0
    {%- endfor -%}
{% endmacro %}


{#- The var `zones`, {account: zone}, as rows. -#}
{% macro list_zones(zones) %}
    {%- for account, zone in zones.items() -%}
    select cast('{{ account }}' as text) as account, cast('{{ zone }}' as text) as time_zone
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as account, cast(null as text) as time_zone where 1 = 0
    {%- endfor -%}
{% endmacro %}
