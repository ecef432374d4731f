{#- The index of a mart's key, for Postgres; DuckDB reads a mart in whole and keeps none. -#}
{% macro key_index(columns) %}
    {{ return([{'columns': columns, 'unique': true}] if target.type == 'postgres' else []) }}
{% endmacro %}
