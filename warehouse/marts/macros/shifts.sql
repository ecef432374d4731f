{#- The moment at which a shift is over: its end; its start where it has none; for a shift that has only a day, the end of
    that day. Null where it has not even that. -#}
{% macro over_at(shift) -%}
    case
        when {{ shift }}.is_all_day then {{ start_of_day('(' ~ shift ~ '.local_date + 1)', shift ~ '.time_zone') }}
        else coalesce(
            {{ shift }}.ends_at, {{ shift }}.starts_at, {{ start_of_day('(' ~ shift ~ '.local_date + 1)', shift ~ '.time_zone') }}
        )
    end
{%- endmacro %}
