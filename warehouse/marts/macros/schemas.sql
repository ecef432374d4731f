{#- Models go to the schemas `marts` and `staging` as they are called, whatever the profile's own schema is. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
