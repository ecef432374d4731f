{#- The business hours of every account as rows: `account`, `weekday` on which they open, `day_offset` (1 for the part
    after midnight), and `opens` and `closes` in minutes of that day. An account without hours has no rows. -#}
{% macro list_business_hours(vendors) %}
    {%- set rows = [] -%}
    {%- for vendor in vendors -%}
        {%- for account in accounts_of(vendor) if execute -%}
            {%- for weekday, ranges in hours_of(account).items() -%}
                {%- for range in ([ranges] if ranges is string else ranges) -%}
                    {%- set opens = minute_of_day(range.split('-')[0]) -%}
                    {%- set closes = minute_of_day(range.split('-')[1]) -%}
                    {%- if opens < closes -%}
                        {%- do rows.append((account, weekday, 0, opens, closes)) -%}
                    {%- else -%}
                        {%- do rows.append((account, weekday, 0, opens, 1440)) -%}
                        {%- do rows.append((account, weekday, 1, 0, closes)) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for account, weekday, day_offset, opens, closes in rows if opens < closes -%}
    select
        cast('{{ account }}' as text) as account,
        {{ weekday }} as weekday,
        {{ day_offset }} as day_offset,
        {{ opens }} as opens,
        {{ closes }} as closes
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as account, 0 as weekday, 0 as day_offset, 0 as opens, 0 as closes where 1 = 0
    {%- endfor -%}
{% endmacro %}


{#- {weekday: "09:00-17:00" or a list of such ranges} of an account: its own, else the project's. -#}
{% macro hours_of(account) %}
    {%- if account in var('account_business_hours') -%}
        {{ return(var('account_business_hours')[account]) }}
    {%- elif var('business_hours') -%}
        {{ return(var('business_hours')) }}
    {%- endif -%}
    {%- set hours = {} -%}
    {%- for weekday in var('business_weekdays') -%}
        {%- do hours.update({weekday: var('business_opens') ~ '-' ~ var('business_closes')}) -%}
    {%- endfor -%}
    {{ return(hours) }}
{% endmacro %}


{#- "09:30" as 570. -#}
{% macro minute_of_day(clock) %}
    {%- set parts = clock.strip().split(':') -%}
    {%- if parts | length != 2 or parts[0] | int(-1) not in range(25) or parts[1] | int(-1) not in range(60) -%}
        {{ exceptions.raise_compiler_error("vars: '" ~ clock ~ "' is not a time of day; write business hours as \"09:00-17:00\"") }}
    {%- endif -%}
    {{ return([parts[0] | int * 60 + parts[1] | int, 1440] | min) }}
{% endmacro %}


{#- The holidays of every account as rows with the columns `account` and `day`. -#}
{% macro list_holidays(vendors) %}
    {%- set rows = [] -%}
    {%- for vendor in vendors -%}
        {%- for account in accounts_of(vendor) if execute -%}
            {%- for day in var('account_holidays').get(account, var('holidays')) | unique -%}
                {%- do rows.append((account, day)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for account, day in rows -%}
    select cast('{{ account }}' as text) as account, date '{{ day }}' as day
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as account, cast(null as date) as day where 1 = 0
    {%- endfor -%}
{% endmacro %}


{#- Business minutes from the first day of the calendar to each moment of a relation with the columns of its key, an
    `account`, a `day` (the moment's, in the account's zone) and a `moment`: one row per row of it. The difference of
    two such numbers is the business time between the moments. -#}
{% macro business_minutes_until(moments, key) -%}
    select
        moments.{{ key }},
        max(days.business_minutes_before) + coalesce(sum(greatest(0, least(
            hours.minutes, {{ exact_minutes('hours.opens_at', 'moments.moment') }}
        ))), 0) as minutes
    from {{ moments }} as moments
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days on days.account = moments.account and days.day = moments.day
    left join {{ ref('fieldhouse', 'int_business_hours') }} as hours on hours.account = moments.account and hours.day = moments.day
    group by moments.{{ key }}
{%- endmacro %}
