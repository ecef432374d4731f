{#- The moment to which ages refer: the var `now`, else the moment of the build. -#}
{% macro now() -%}
    {%- if var('now') -%} cast('{{ var("now") }}' as timestamptz) {%- else -%} current_timestamp {%- endif -%}
{%- endmacro %}


{#- The day on the wall calendar of a zone at a moment. `zone` is an SQL expression. -#}
{% macro local_day(moment, zone) -%}
    cast(({{ moment }} at time zone {{ zone }}) as date)
{%- endmacro %}


{#- The moment at which the clocks of a zone show a time. Both databases take the second one where a clock that is set
    back shows it twice; ours is the first, as a day that has midnight twice begins with the first. -#}
{% macro moment_of(local, zone) -%}
    case
        when ({{ local }} at time zone {{ zone }} - interval '1 hour') at time zone {{ zone }} = {{ local }}
            then {{ local }} at time zone {{ zone }} - interval '1 hour'
        else {{ local }} at time zone {{ zone }}
    end
{%- endmacro %}


{#- The moment at which a day begins in a zone. -#}
{% macro start_of_day(day, zone) -%}
    {{ moment_of('cast(' ~ day ~ ' as timestamp)', zone) }}
{%- endmacro %}


{#- Minutes of real time between two moments, fractions included, so that a clock change counts as it passed. -#}
{% macro exact_minutes(since, until) -%}
    (extract(epoch from ({{ until }} - {{ since }})) / 60.0)
{%- endmacro %}


{#- Whole minutes between two moments; null where the second stands before the first, which no clock can measure. -#}
{% macro minutes_between(since, until) -%}
    case when {{ until }} >= {{ since }} then cast(floor({{ exact_minutes(since, until) }}) as bigint) end
{%- endmacro %}


{#- Whole minutes of a sum or difference of such minutes. They are binary fractions, or decimal ones that end: 20 seconds
    three times may be a little less than a minute. -#}
{% macro whole_minutes(minutes) -%}
    cast(floor(cast({{ minutes }} as numeric(18, 6))) as bigint)
{%- endmacro %}


{#- Whole days between two moments; negative where the second stands before the first. -#}
{% macro days_between(since, until) -%}
    cast(floor({{ exact_minutes(since, until) }} / 1440) as bigint)
{%- endmacro %}


{#- The first day of the week of a day; `week_start` is an SQL expression, 1 for Monday to 7 for Sunday. -#}
{% macro week_of(day, week_start) -%}
    ({{ day }} - (cast(extract(isodow from {{ day }}) as integer) - {{ week_start }} + 7) % 7)
{%- endmacro %}


{#- The day of a vendor's date. Some vendors send a date as midnight UTC: such a day is the same in every zone. -#}
{% macro day_of(moment, zone) -%}
    case
        when {{ moment }} = date_trunc('day', {{ moment }} at time zone 'UTC') at time zone 'UTC'
            then {{ local_day(moment, "'UTC'") }}
        else {{ local_day(moment, zone) }}
    end
{%- endmacro %}


{#- Longest length in minutes that a visit, shift or entry of work may have: a week. What is longer was never ended. -#}
{% macro longest_span() -%} 10080 {%- endmacro %}


{#- True where a span of work can be right: it ends, not before it starts, and within a week. -#}
{% macro is_span(starts_at, ends_at) -%}
    coalesce({{ ends_at }} >= {{ starts_at }} and {{ ends_at }} <= {{ starts_at }} + {{ longest_span() }} * interval '1 minute', false)
{%- endmacro %}


{#- Every day from the first to the last, as rows with one column `day`, from a table of one row. -#}
{% macro days_from_to(first_day, last_day, bounds) -%}
    {%- if target.type == 'duckdb' -%}
    select cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1 day')) as date) as day from {{ bounds }}
    {%- else -%}
    select cast(generate_series({{ first_day }}, {{ last_day }}, interval '1 day') as date) as day from {{ bounds }}
    {%- endif -%}
{%- endmacro %}


{#- How long ago, in the words of a report; null for what is yet to come. -#}
{% macro age_band(days) -%}
    case
        when {{ days }} < 0 then null
        when {{ days }} < 1 then 'under 1 day'
        when {{ days }} < 7 then '1 to 6 days'
        when {{ days }} < 30 then '7 to 29 days'
        when {{ days }} < 90 then '30 to 89 days'
        when {{ days }} >= 90 then '90 days and more'
    end
{%- endmacro %}


{#- A moment that the calendar reaches back to: not before the year 2000. -#}
{% macro in_calendar(moment) -%}
    case when {{ moment }} >= timestamptz '2000-01-01 00:00:00+00' then {{ moment }} end
{%- endmacro %}


{#- The name that Rails gives the zone of a label of Shiftboard's, as "Pacific Time (US/Can) (GMT-08:00)". -#}
{% macro rails_name(label) -%}
    replace(regexp_replace({{ label }}, ' [(]GMT.*$', ''), 'US/Can', 'US & Canada')
{%- endmacro %}


{#- A vendor's name of a zone if it is one of the IANA names that this database knows; else null. With another one the
    database stops, or takes it for something else: GMT-08:00 is in Postgres what GMT+8 is elsewhere. -#}
{% macro known_zone(name) -%}
    case
        when ({{ name }} like '%/%' or {{ name }} in ('UTC', 'GMT'))
            and {{ name }} in (select name from pg_timezone_names{{ '()' if target.type == 'duckdb' }})
            then {{ name }}
    end
{%- endmacro %}
