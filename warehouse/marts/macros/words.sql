{#- The key of a record over all vendors and accounts: `bossdesk:ticket:40000003`; null where there is no id. -#}
{% macro key_of(kind, id) -%}
    _account || ':{{ kind }}:' || {{ id }}
{%- endmacro %}


{#- What stands between words, as a part of a regular expression. The databases' own trim differ in what is blank. -#}
{% macro blank() -%} {{ return("[ \t\n\r]|\u00a0") }} {%- endmacro %}


{#- Text without blanks around it. -#}
{% macro trimmed(text) -%}
    case
        when strpos({{ text }}, '{{ "\u00a0" }}') > 0
            then regexp_replace({{ text }}, '^({{ blank() }})+|({{ blank() }})+$', '', 'g')
        else trim({{ text }}, '{{ " \t\n\r" }}')
    end
{%- endmacro %}


{#- Text without blanks around it; null where nothing is left. -#}
{% macro filled(text) -%}
    nullif({{ trimmed(text) }}, '')
{%- endmacro %}


{#- Text in lower case, whatever language the database speaks: with the locale C, Postgres knows only the letters of
    ASCII, and with that of Turkish another small I. A letter and its accent are one sign, however the vendor wrote it. -#}
{% macro lowered(text) -%}
    {%- if target.type == 'duckdb' -%}
    lower(nfc_normalize({{ text }}))
    {%- elif knows_all_letters() -%}
    (lower(normalize({{ text }}, nfc) collate "und-x-icu") collate "default")
    {%- else -%}
    lower({{ text }})
    {%- endif -%}
{%- endmacro %}


{#- True if Postgres has the letters of all languages, which depends on how it was made, and on the database's encoding. -#}
{% macro knows_all_letters() %}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if 'fieldhouse_letters' not in graph -%}
        {%- do graph.update({'fieldhouse_letters': run_query(
            "select count(*) from pg_catalog.pg_collation where collname = 'und-x-icu'"
            ~ " and current_setting('server_encoding') = 'UTF8'"
        ).rows[0][0] > 0}) -%}
    {%- endif -%}
    {{ return(graph.fieldhouse_letters) }}
{% endmacro %}


{#- Text that is ordered by its characters' numbers, as DuckDB orders all texts. -#}
{% macro by_code(text) -%}
    {{ text }}{{ ' collate "C"' if target.type == 'postgres' }}
{%- endmacro %}


{#- The first or last of several texts in that order. -#}
{% macro first_text(text) -%}
    min({{ by_code(text) }}){{ ' collate "default"' if target.type == 'postgres' }}
{%- endmacro %}


{% macro last_text(text) -%}
    max({{ by_code(text) }}){{ ' collate "default"' if target.type == 'postgres' }}
{%- endmacro %}


{#- An id that some vendors write as "0" or "" where they mean none. -#}
{% macro id_or_none(id) -%}
    nullif(nullif({{ id }}, ''), '0')
{%- endmacro %}


{#- An e-mail address in the form in which two of them are compared; null where it cannot be one, or is a placeholder. -#}
{% macro comparable_email(email) -%}
    case
        when {{ matches(lowered(trimmed(email)), '^[^@ ]+@[^@ ]+$') }}
            and not {{ matches(lowered(trimmed(email)), '^(no[-_.]?reply|do[-_.]?not[-_.]?reply|none|no|na|n[./]a|nil|null|nobody|unknown|test|dummy|x+|no[-_.]?e?mail|not?[-_.]?(provided|given|available|applicable)|placeholder)[0-9]*@') }}
            and not {{ matches(lowered(trimmed(email)), '@(no-?e?mail|none|invalid|test|localhost|nomail|no)([.][a-z]+)?$') }}
            then {{ lowered(trimmed(email)) }}
    end
{%- endmacro %}


{#- The same for an address of a person: one that an office shares names nobody. -#}
{% macro comparable_personal_email(email) -%}
    case
        when not {{ matches(lowered(trimmed(email)), '^(info|office|sales|support|admin|administrator|help|help-?desk|service|dispatch|contact|team|hr|accounts?|accounting|billing|reception|mail)@') }}
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
    nullif(trim(regexp_replace({{ lowered(name) }}, '([.,;:/_*"()-]|{{ blank() }})+', ' ', 'g')), '')
{%- endmacro %}


{#- The same for a company, without the words for its legal form. -#}
{% macro comparable_company(name) -%}
    nullif(trim(regexp_replace(
        ' ' || regexp_replace(replace({{ lowered(name) }}, '&', ' and '), '([.,;:/_*"()-]|{{ blank() }})+', ' ', 'g') || ' ',
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


{#- The whole number that the first group of a pattern finds in a text; null where it does not match. -#}
{% macro days_in(text, pattern) -%}
    cast({{ first_match(text, pattern) }} as bigint)
{%- endmacro %}
