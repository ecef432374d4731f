{#- The least record that each linked record is connected with over any number of links, itself included: one row per
    record of `links`, with `record_key` and `first_record_key`. -#}
{% macro connected(links) -%}
    select record_key, {{ first_text('reached_key') }} as first_record_key
    from (
        with recursive reached as (
            select distinct record_key, record_key as reached_key from {{ links }}
            union
            select reached.record_key, {{ links }}.other_record_key
            from reached
            inner join {{ links }} on {{ links }}.record_key = reached.reached_key
        )

        select record_key, reached_key from reached
    ) as reached
    group by record_key
{%- endmacro %}
