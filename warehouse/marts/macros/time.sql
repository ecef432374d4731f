{#- The moment to which ages refer: the var `now`, else the moment of the build. -#}
{% macro now() -%}
    {%- if var('now') -%} cast('{{ var("now") }}' as timestamptz) {%- else -%} current_timestamp {%- endif -%}
{%- endmacro %}


{#- The day on the wall calendar of a zone at a moment. `zone` is an SQL expression. -#}
{% macro local_day(moment, zone) -%}
    cast(({{ moment }} at time zone {{ zone }}) as date)
{%- endmacro %}


{#- The moment at which a day begins in a zone. -#}
{% macro start_of_day(day, zone) -%}
    (cast({{ day }} as timestamp) at time zone {{ zone }})
{%- endmacro %}


{#- Minutes of real time between two moments, fractions included, so that a clock change counts as it passed. -#}
{% macro exact_minutes(since, until) -%}
    (extract(epoch from ({{ until }} - {{ since }})) / 60.0)
{%- endmacro %}


{#- Whole minutes between two moments; null where the second stands before the first, which no clock can measure. -#}
{% macro minutes_between(since, until) -%}
    case when {{ until }} >= {{ since }} then cast(floor({{ exact_minutes(since, until) }}) as bigint) end
{%- endmacro %}


{#- Whole days between two moments; negative where the second stands before the first. -#}
{% macro days_between(since, until) -%}
    cast(floor({{ exact_minutes(since, until) }} / 1440) as bigint)
{%- endmacro %}


{#- Business minutes from the first day of the calendar to a moment, given the row of `int_business_days` for the
    moment's local day. The difference of two such numbers is the business time between two moments. -#}
{% macro business_minutes_until(moment, day) -%}
    ({{ day }}.business_minutes_before + greatest(0, least(
        {{ day }}.business_minutes, {{ exact_minutes(day ~ '.opens_at', moment) }}
    )))
{%- endmacro %}


{#- Every day from the first to the last, as rows with one column `day`, from a table of one row. -#}
{% macro days_from_to(first_day, last_day, bounds) -%}
    {%- if target.type == 'duckdb' -%}
    select cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1 day')) as date) as day from {{ bounds }}
    {%- else -%}
    select cast(generate_series({{ first_day }}, {{ last_day }}, interval '1 day') as date) as day from {{ bounds }}
    {%- endif -%}
{%- endmacro %}


{#- How long ago, in the words of a report. `days` is negative for what is not due yet. -#}
{% macro age_band(days) -%}
    case
        when {{ days }} < 1 then 'under 1 day'
        when {{ days }} < 7 then '1 to 6 days'
        when {{ days }} < 30 then '7 to 29 days'
        when {{ days }} < 90 then '30 to 89 days'
        when {{ days }} >= 90 then '90 days and more'
    end
{%- endmacro %}
