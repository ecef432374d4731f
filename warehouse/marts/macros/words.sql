{#- The key of a record over all vendors and accounts: `bossdesk:ticket:40000003`; null where there is no id. -#}
{% macro key_of(kind, id) -%}
    _account || ':{{ kind }}:' || {{ id }}
{%- endmacro %}


{#- Text without blanks around it; null where nothing is left. -#}
{% macro filled(text) -%}
    nullif(trim({{ text }}), '')
{%- endmacro %}


{#- An id that some vendors write as "0" or "" where they mean none. -#}
{% macro id_or_none(id) -%}
    nullif(nullif({{ id }}, ''), '0')
{%- endmacro %}


{#- An e-mail address in the form in which two of them are compared; null where it cannot be one. -#}
{% macro comparable_email(email) -%}
    case when {{ email }} like '%_@_%' then lower(trim({{ email }})) end
{%- endmacro %}


{#- A phone number in the form in which two of them are compared: its last ten digits, all where it has 7 to 9. -#}
{% macro comparable_phone(phone) -%}
    case
        when length(regexp_replace({{ phone }}, '[^0-9]', '', 'g')) >= 7
            then right(regexp_replace({{ phone }}, '[^0-9]', '', 'g'), 10)
    end
{%- endmacro %}


{#- The vendor of an account's schema. -#}
{% macro vendor_of(account) -%}
    split_part({{ account }}, '_', 1)
{%- endmacro %}


{#- A sum of whole numbers as a whole number of 64 bits, 0 where there is nothing to add. -#}
{% macro total(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as bigint)
{%- endmacro %}
