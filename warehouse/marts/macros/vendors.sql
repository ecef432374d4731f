{#- All vendors whose accounts the marts read. -#}
{% macro all_vendors() %}
    {{ return(['bossdesk', 'notific', 'servicebridge', 'servicesidekick', 'shiftboard']) }}
{% endmacro %}
