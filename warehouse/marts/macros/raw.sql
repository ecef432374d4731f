{#- The database of the raw tables: the warehouse itself; the lake that is attached where a lake's marts are built. -#}
{% macro raw_database() %}
    {{ return(env_var('FIELDHOUSE_RAW_DATABASE', target.database)) }}
{% endmacro %}


{#- The schemas that hold a vendor's accounts: those of the var `accounts`, else those that a sync has written. -#}
{% macro accounts_of(vendor) %}
    {%- if var('accounts') -%}
        {{ return(var('accounts').get(vendor, [])) }}
    {%- endif -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set accounts = [] -%}
    {%- for schema in schemas_with_syncs() if schema == vendor or schema.startswith(vendor ~ '_') -%}
        {%- do accounts.append(schema) -%}
    {%- endfor -%}
    {{ return(accounts) }}
{% endmacro %}


{#- The schemas that a sync has written, asked for once in an invocation: dbt makes `graph` anew for each. -#}
{% macro schemas_with_syncs() %}
    {%- if 'fieldhouse_schemas' not in graph -%}
        {%- do graph.update({'fieldhouse_schemas': run_query(
            "select distinct table_schema from information_schema.tables"
            ~ " where table_name = '_syncs' and table_catalog = '" ~ raw_database() ~ "' order by 1"
        ).columns[0].values()}) -%}
    {%- endif -%}
    {{ return(graph.fieldhouse_schemas) }}
{% endmacro %}


{#- The live rows of one raw table over all accounts of its vendor, with the columns that a model needs, {name: type}.

    `_account` is the account's schema. Rows that the vendor deleted are out, unless `deleted_too`. A table that is not
    there gives no rows, a column that is not there gives nulls: a vendor without an account leaves its share empty.
    A column is read with its variants (`total__v_text`), in which a sync keeps what does not fit it. A value that cannot
    be right (a date that no calendar has, a year outside 1900 to 2199, a number beyond 15 digits, words for an amount)
    is null; `_unreadable` names the columns of the row where that happened. -#}
{% macro live_rows(vendor, table, columns, deleted_too=false) %}
    {#- names the source, so that lineage and freshness begin there; the rows are those of every account -#}
    {%- do source(vendor, table if table.startswith('_') else table.split('__')[0].removesuffix('_history')) -%}
    {%- set selects = [] -%}
    {%- for account, held in columns_held(accounts_of(vendor), table).items() -%}
        {%- set relation = api.Relation.create(database=raw_database(), schema=account, identifier=table) -%}
        {%- do selects.append(select_live(account, relation, held, columns, deleted_too)) -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') if selects else select_nothing(columns) }}
{%- endmacro %}


{#- {account: {column: type}} of a table in those of the accounts that have it. -#}
{% macro columns_held(accounts, table) %}
    {{ return(columns_of_accounts(accounts).get(table, {}) if execute and accounts else {}) }}
{% endmacro %}


{#- {table: {account: {column: type}}}, asked for once in an invocation for all tables of these accounts: models and tests
    read a table several times, and a warehouse can hold many accounts. -#}
{% macro columns_of_accounts(accounts) %}
    {%- set name = 'fieldhouse_columns_of_' ~ accounts | join(' ') -%}
    {%- if name not in graph -%}
        {%- set held = {} -%}
        {%- for row in run_query(
            "select table_name, table_schema, column_name, data_type from information_schema.columns"
            ~ " where table_catalog = '" ~ raw_database() ~ "' and table_schema in ('" ~ accounts | join("', '") ~ "')"
            ~ " order by table_schema, ordinal_position"
        ).rows -%}
            {%- do held.setdefault(row[0], {}).setdefault(row[1], {}).update({row[2]: row[3] | lower}) -%}
        {%- endfor -%}
        {%- do graph.update({name: held}) -%}
    {%- endif -%}
    {{ return(graph[name]) }}
{% endmacro %}


{% macro select_live(account, relation, held, columns, deleted_too) %}
    {%- set unreadable = [] -%}
    {%- for name, type in columns.items() if name in held and type != 'text' and name not in ('_list_index', '_valid_from', '_valid_to', '_deleted_at', '_synced_at') -%}
        {%- set told = [] -%}
        {%- for stored in [name] + variants_of(name, held) -%}
            {%- do told.append(adapter.quote(stored) ~ ' is not null') -%}
        {%- endfor -%}
        {%- do unreadable.append(
            'case when (' ~ told | join(' or ') ~ ') and ' ~ read_column(name, held, type) | trim ~ " is null then '" ~ name ~ "' end"
        ) -%}
    {%- endfor -%}
    select
        cast('{{ account }}' as text) as _account
        {%- for name, type in columns.items() %},
        {{ read_column(name, held, type) if name in held else 'cast(null as ' ~ type ~ ')' }} as {{ adapter.quote(name) }}
        {%- endfor %},
        {{ "nullif(concat_ws(', ', " ~ unreadable | join(', ') ~ "), '')" if unreadable else 'cast(null as text)' }} as _unreadable
    from {{ relation }}
    {%- if '_deleted_at' in held and not deleted_too %}
    where _deleted_at is null
    {%- endif %}
{%- endmacro %}


{#- The columns in which a sync keeps what does not fit a column: `total__v_text`. -#}
{% macro variants_of(name, held) %}
    {%- set variants = [] -%}
    {%- for other in held if other.startswith(name ~ '__v_') -%}
        {%- do variants.append(other) -%}
    {%- endfor -%}
    {{ return(variants) }}
{% endmacro %}


{#- A column together with its variants, in the type that a model wants. -#}
{% macro read_column(name, held, wanted) %}
    {%- set readings = [] -%}
    {%- for stored in [name] + variants_of(name, held) -%}
        {%- do readings.append(as_type(adapter.quote(stored), held[stored], wanted) | trim) -%}
    {%- endfor -%}
    {{ return(readings[0] if readings | length == 1 else 'coalesce(' ~ readings | join(', ') ~ ')') }}
{% endmacro %}


{% macro select_nothing(columns) -%}
    select
        cast(null as text) as _account
        {%- for name, type in columns.items() %},
        cast(null as {{ type }}) as {{ adapter.quote(name) }}
        {%- endfor %},
        cast(null as text) as _unreadable
    where 1 = 0
{%- endmacro %}


{#- A column in the type that a model wants. Where the vendor's values have turned the column into another type,
    what still reads as the wanted type is kept and the rest is null. So is what no book can hold: years outside 1900
    to 2199, endless times, numbers beyond 15 digits, or 13 with four places. -#}
{% macro as_type(column, held, wanted) %}
    {%- set family = {
        'bigint': 'number', 'integer': 'number', 'double': 'number', 'double precision': 'number',
        'text': 'text', 'varchar': 'text', 'boolean': 'boolean', 'date': 'date', 'timestamp': 'local time',
        'timestamp with time zone': 'time', 'timestamptz': 'time',
    } -%}
    {%- set held_family = 'number' if held.startswith(('decimal', 'numeric')) else family.get(held, 'other') -%}
    {%- set wanted_family = 'number' if wanted.startswith('numeric') else family[wanted] -%}
    {%- if wanted_family == 'text' or (held_family == 'boolean' and wanted_family == 'boolean') -%}
        cast({{ column }} as {{ wanted }})
    {%- elif held_family != wanted_family -%}
        {{ return(read_as(column, wanted, wanted_family)) }}
    {%- elif wanted_family == 'number' -%}
        {%- set limit = '1' ~ '0' * digits_of(wanted) %}
        case when {{ column }} > -{{ limit }} and {{ column }} < {{ limit }} then cast({{ column }} as {{ wanted }}) end
    {%- else -%}
        case when {{ column }} >= {{ held }} '1900-01-01' and {{ column }} < {{ held }} '2200-01-01' then cast({{ column }} as {{ wanted }}) end
    {%- endif -%}
{% endmacro %}


{#- The place of a child's row among those of its id, the last that was read first: a record that the vendor moved from one
    parent to another is in both until its old parent is read again. One without an id is known by its place. -#}
{% macro last_read() -%}
    row_number() over (
        partition by _account, coalesce(id, ':' || _parent_id || ':' || _list_index) order by _synced_at desc nulls last, {{ by_code('_parent_id') }}
    )
{%- endmacro %}


{#- How many digits before the point a number may have: 15, or one less than its type holds, as the last can round up. -#}
{% macro digits_of(wanted) %}
    {%- if wanted.startswith('numeric') -%}
        {%- set digits, places = wanted.split('(')[1].rstrip(')').split(',') -%}
        {{ return([15, digits | int - places | int - 1] | min) }}
    {%- endif -%}
    {{ return(15) }}
{% endmacro %}


{#- An amount of money; null where it is more than a book holds. -#}
{% macro money(amount) -%}
    case when abs({{ amount }}) < 9999999999999999 then cast({{ amount }} as numeric(18, 2)) end
{%- endmacro %}


{#- What a quantity costs at a price; a scanned bar code as a quantity costs more than a book holds. -#}
{% macro cost_of(quantity, price) -%}
    {{ money('cast(' ~ quantity ~ ' as numeric(19, 4)) * ' ~ price) }}
{%- endmacro %}


{#- What a text says, if it is written as one writes a value of that type; null otherwise. The pattern knows how many
    days a month has: a cast of 30 February stops a query on Postgres. -#}
{% macro read_as(column, wanted, family) -%}
    {%- set leap_year = '(19|20|21)(0[48]|[2468][048]|[13579][26])|2000' -%}
    {%- set day = '((19|20|21)[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|('
        ~ leap_year ~ ')-02-29)' -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set pattern = {
        'number': '-?[0-9]{1,' ~ digits_of(wanted) ~ '}' ~ ('' if wanted in ('bigint', 'integer') else '([.][0-9]+)?'),
        'boolean': '(true|false|0|1)',
        'date': day,
        'time': day ~ '([T ]' ~ clock ~ '(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?',
        'local time': day ~ '([T ]' ~ clock ~ ')?',
    } -%}
    case when {{ matches('cast(' ~ column ~ ' as text)', '^' ~ pattern[family] ~ '$') }} then {{ safe_cast_to(column, wanted) }} end
{%- endmacro %}


{#- True where a text holds a pattern, in the part of regular expressions that RE2 and Postgres share. -#}
{% macro matches(text, pattern) -%}
    {%- if target.type == 'duckdb' -%} regexp_matches({{ text }}, '{{ pattern }}') {%- else -%} {{ text }} ~ '{{ pattern }}' {%- endif -%}
{%- endmacro %}


{#- What the first group of a pattern matches in a text; null where it does not match. -#}
{% macro first_match(text, pattern) -%}
    {%- if target.type == 'duckdb' -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '')
    {%- else -%}
    substring({{ text }} from '{{ pattern }}')
    {%- endif -%}
{%- endmacro %}


{% macro safe_cast_to(column, wanted) -%}
    {{ 'try_cast' if target.type == 'duckdb' else 'cast' }}(cast({{ column }} as text) as {{ wanted }})
{%- endmacro %}


{#- A length that a row may have (a number of hours, days or months), and null for one that it may not. -#}
{% macro length_within(expression, most) -%}
    case when {{ expression }} >= 0 and {{ expression }} <= {{ most }} then {{ expression }} end
{%- endmacro %}


{#- Rows of every synced table: those that the vendor has and those that it deleted. A table that a sync owns has a
    row hash and a time of deletion; child tables have no hash, and the tables of a history no time of deletion, so
    neither is counted. -#}
{% macro count_rows(vendors) %}
    {%- set tables = [] -%}
    {%- for vendor in vendors -%}
        {%- for account in accounts_of(vendor) if execute -%}
            {%- set found = run_query(
                "select table_name from information_schema.columns where table_schema = '" ~ account
                ~ "' and column_name in ('_row_hash', '_deleted_at') and table_catalog = '" ~ raw_database() ~ "'"
                ~ " group by table_name having count(*) = 2 order by 1"
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
from {{ api.Relation.create(database=raw_database(), schema=account, identifier=table) }}
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


{#- What was set for single accounts, {account: value}, as rows with the columns `account` and `value`. -#}
{% macro list_settings(values) %}
    {%- for account, value in values.items() -%}
    select cast('{{ account }}' as text) as account, cast('{{ value }}' as text) as value
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as account, cast(null as text) as value where 1 = 0
    {%- endfor -%}
{% endmacro %}


{#- The columns of a row that could not be read: those that `live_rows` names, and texts of which a reading is null,
    {name: reading}. -#}
{% macro unreadable_and(readings) -%}
    nullif(concat_ws(', ', _unreadable
    {%- for name, reading in readings.items() -%}
        , case when {{ filled(name) }} is not null and {{ reading | trim }} is null then '{{ name }}' end
    {%- endfor -%}
    ), '')
{%- endmacro %}
