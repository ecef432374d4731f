{#- The schema of a model: the one that the vars name; else its own name, behind the target's schema where that is
    another one than ours, so that two targets of one database do not overwrite each other. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if not custom_schema_name -%}
        {{ target.schema }}
    {%- elif var(custom_schema_name ~ '_schema', '') -%}
        {{ var(custom_schema_name ~ '_schema') }}
    {%- elif target.schema == 'marts' -%}
        {{ custom_schema_name }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name }}
    {%- endif -%}
{%- endmacro %}
