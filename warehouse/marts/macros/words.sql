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


{#- An e-mail address in the form in which two of them are compared; null where it cannot be one, or is a placeholder. -#}
{% macro comparable_email(email) -%}
    case
        when {{ matches('lower(trim(' ~ email ~ '))', '^[^@ ]+@[^@ ]+$') }}
            and not {{ matches('lower(trim(' ~ email ~ '))', '^(no[-_.]?reply|do[-_.]?not[-_.]?reply|none|no|na|n[./]a|nil|null|nobody|unknown|test|dummy|x+|no[-_.]?e?mail|not?[-_.]?(provided|given|available|applicable)|placeholder)[0-9]*@') }}
            and not {{ matches('lower(trim(' ~ email ~ '))', '@(no-?e?mail|none|invalid|test|localhost|nomail|no)([.][a-z]+)?$') }}
            then lower(trim({{ email }}))
    end
{%- endmacro %}


{#- The same for an address of a person: one that an office shares names nobody. -#}
{% macro comparable_personal_email(email) -%}
    case
        when not {{ matches('lower(trim(' ~ email ~ '))', '^(info|office|sales|support|admin|administrator|help|help-?desk|service|dispatch|contact|team|hr|accounts?|accounting|billing|reception|mail)@') }}
            then {{ comparable_email(email) }}
    end
{%- endmacro %}


{#- A phone number in the form in which two of them are compared: its last ten digits, all where it has 7 to 9. Null for
    a placeholder, as 000-000-0000, 555-5555 or 1234567890. -#}
{% macro comparable_phone(phone) -%}
    {%- set digits = "regexp_replace(" ~ phone ~ ", '[^0-9]', '', 'g')" -%}
    case
        when length({{ digits }}) >= 7
            and not {{ matches(digits, '(0{7}|1{7}|2{7}|3{7}|4{7}|5{7}|6{7}|7{7}|8{7}|9{7}|1234567(890?)?|0123456789|9876543210)$') }}
            then right({{ digits }}, 10)
    end
{%- endmacro %}


{#- A name in the form in which two of them are compared: letters and digits of its words, in lower case. -#}
{% macro comparable_name(name) -%}
    nullif(trim(regexp_replace(lower({{ name }}), '[ .,;:/_*"()-]+', ' ', 'g')), '')
{%- endmacro %}


{#- The same for a company, without the words for its legal form. -#}
{% macro comparable_company(name) -%}
    nullif(trim(regexp_replace(
        ' ' || regexp_replace(replace(lower({{ name }}), '&', ' and '), '[ .,;:/_*"()-]+', ' ', 'g') || ' ',
        '( (the|inc|incorporated|llc|l l c|ltd|limited|co|company|corp|corporation|gmbh|ag|kg|plc|bv|sa))+ ', ' ', 'g'
    )), '')
{%- endmacro %}


{#- The vendor of an account's schema. -#}
{% macro vendor_of(account) -%}
    split_part({{ account }}, '_', 1)
{%- endmacro %}


{#- A sum of whole numbers as a whole number of 64 bits, 0 where there is nothing to add. -#}
{% macro total(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as bigint)
{%- endmacro %}
