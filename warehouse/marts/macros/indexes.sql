{#- The index of a mart's key, and those by which its rows are looked for (`others`, each a list of columns), for Postgres;
    DuckDB reads a mart in whole and keeps none. -#}
{% macro key_index(columns, others=[]) %}
    {%- if target.type != 'postgres' -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set indexes = [{'columns': columns, 'unique': true}] -%}
    {%- for chosen in others -%}
        {%- do indexes.append({'columns': chosen}) -%}
    {%- endfor -%}
    {{ return(indexes) }}
{% endmacro %}
