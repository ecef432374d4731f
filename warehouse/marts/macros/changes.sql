{#- Builds that follow change. `fieldhouse build` builds beside what readers have, and passes the var `published`, {schema
    beside: schema that readers have}, when the last build's tables can be built upon; everything else rebuilds all.

    A model is then one of three kinds, which the table `_changes` of the marts' schema beside names:
    - same: nothing that it reads changed; a view of the published table stands for it.
    - keyed: its config `keyed` says which of its rows a change of its parents can concern. Only those are made, in
      `<model>__rows`, and a view puts them and the other published rows together.
    - rebuilt: made in full. It counts as the same if its rows are.
    `<model>__changed` has the old and new rows that differ; children find their own rows by it.

    The config `keyed`:
    - key: the column, or expression, by which rows are made together: all rows of a key, or none.
    - row: for models that read raw tables, the columns that identify a row; with `synced_at` they tell what changed.
    - changes: a list of {of: parent, key: expression of the parent's columns that gives the key}. `path`, a list of
      [model, column that has the values, expression for the next], leads from the parent to the key over other models.
      {of: parent, ignoring: [columns]}: if other columns changed, all rows are made.
    - while: a condition on published rows that the time can change.
    A parent that is not listed makes the model rebuilt when it changes. -#}

{#- The table that readers have of a relation that is built beside; none in a build that rebuilds all. -#}
{% macro published(relation) %}
    {%- if execute and relation.schema in var('published') -%}
        {{ return(api.Relation.create(
            database=relation.database, schema=var('published')[relation.schema], identifier=relation.identifier, type='table'
        )) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{#- The table beside that belongs to a model: its keys, rows or changed. -#}
{% macro beside(relation, part) %}
    {{ return(api.Relation.create(
        database=relation.database, schema=relation.schema, identifier=relation.identifier ~ '__' ~ part, type='table'
    )) }}
{% endmacro %}


{% macro changes_table() %}
    {{ return(api.Relation.create(database=target.database, schema=var('marts_schema'), identifier='_changes', type='table')) }}
{% endmacro %}


{#- {model: kind} of the models that this one reads, without those that are the same. -#}
{% macro changed_parents() %}
    {%- set names = [] -%}
    {%- for node in model.depends_on.nodes if not node.startswith('source.') -%}
        {%- do names.append(node.split('.')[-1]) -%}
    {%- endfor -%}
    {%- set kinds = {} -%}
    {%- if names -%}
        {%- for row in run_query(
            "select model, kind from " ~ changes_table() ~ " where kind <> 'same' and model in ('" ~ names | join("', '") ~ "')"
        ).rows -%}
            {%- do kinds.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(kinds) }}
{% endmacro %}


{#- How this model is built: full (nothing to build upon), same, keyed, or rebuilt. -#}
{% macro way_to_build() %}
    {%- if not published(this) -%}
        {{ return('full') }}
    {%- endif -%}
    {%- set keyed = config.get('keyed') -%}
    {%- set sources = [] -%}
    {%- for node in model.depends_on.nodes if node.startswith('source.') -%}
        {%- do sources.append(node) -%}
    {%- endfor -%}
    {%- if sources or not model.depends_on.nodes -%}
        {{ return('keyed' if keyed and keyed.row else 'rebuilt') }}
    {%- endif -%}
    {%- set kinds = changed_parents() -%}
    {%- if not keyed -%}
        {{ return('rebuilt' if kinds or 'now()' in model.raw_code else 'same') }}
    {%- endif -%}
    {%- if not kinds and not keyed.while -%}
        {{ return('same') }}
    {%- endif -%}
    {%- for parent in kinds -%}
        {%- set listed = keyed.changes | selectattr('of', 'equalto', parent) | list -%}
        {%- if not listed or (listed[0].ignoring and has_other_changes(parent, listed[0].ignoring)) -%}
            {{ return('rebuilt') }}
        {%- endif -%}
    {%- endfor -%}
    {{ return('keyed') }}
{% endmacro %}


{#- True if columns of a parent's rows changed beside those that are ignored. -#}
{% macro has_other_changes(parent, ignoring) %}
    {%- set relation = ref('fieldhouse', parent) -%}
    {%- set columns = columns_of(published(relation), ignoring) | join(', ') -%}
    {%- set old, new = published(relation), relation -%}
    {%- set differing -%}
        select count(*) from (
            (select {{ columns }} from {{ old }} except select {{ columns }} from {{ new }})
            union all
            (select {{ columns }} from {{ new }} except select {{ columns }} from {{ old }})
        ) as differing
    {%- endset -%}
    {{ return(run_query(differing).rows[0][0] > 0) }}
{% endmacro %}


{% macro columns_of(relation, ignoring=[]) %}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name not in ignoring -%}
        {%- do names.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#- A condition on the rows that a model reads: those of the keys that are made, where not all are. -#}
{% macro only(key, word='where') -%}
    {%- if execute and way_to_build() == 'keyed' %} {{ word }} {{ key }} in (select changed_key from {{ beside(this, 'keys') }}) {% endif -%}
{%- endmacro %}


{#- The keys that the changes of the parents, and the time, can concern. -#}
{% macro concerned_keys(keyed) -%}
    {%- set kinds = changed_parents() -%}
    {%- set chosen = namespace(query='') -%}
    {%- for change in keyed.changes if change.of in kinds and not change.ignoring %}
        {%- set chosen.query = 'select ' ~ change.key ~ ' as changed_key from ' ~ beside(ref('fieldhouse', change.of), 'changed') -%}
        {%- for other, column, key in change.path or [] -%}
            {%- set chosen.query = 'select ' ~ key ~ ' as changed_key from ' ~ ref('fieldhouse', other) ~ ' where ' ~ column
                ~ ' in (' ~ chosen.query ~ ')' -%}
        {%- endfor %}
    {{ chosen.query }}
    union
    {%- endfor %}
    {%- if keyed.while %}
    select {{ keyed.key }} as changed_key from {{ published(this) }} where {{ keyed.while }}
    {%- else %}
    select cast(null as text) as changed_key where 1 = 0
    {%- endif %}
{%- endmacro %}


{% materialization on_change, default %}
    {%- set way = way_to_build() -%}
    {%- if way == 'full' -%}
        {{ return(build_table()) }}
    {%- endif -%}
    {%- set old = published(this) -%}
    {%- if way == 'same' -%}
        {%- call statement('main') -%} {{ create_view_as(this.incorporate(type='view'), 'select * from ' ~ old) }} {%- endcall -%}
        {%- do note_change('same') -%}
        {%- do adapter.commit() -%}
        {{ return({'relations': [this.incorporate(type='view')]}) }}
    {%- endif -%}
    {%- if way == 'keyed' -%}
        {%- do make_keys(old) -%}
        {%- set keys = beside(this, 'keys') -%}
        {%- set keyed = config.get('keyed') -%}
        {%- set of_keys = 'select * from (' ~ sql ~ ') as made where ' ~ keyed.key ~ ' in (select changed_key from ' ~ keys ~ ')' -%}
        {%- if keyed.row == [keyed.key] -%}
            {%- set of_keys = of_keys ~ ' and (synced_at is null or synced_at >= (select min(since) from ' ~ keys ~ '))' -%}
        {%- endif -%}
        {%- call statement('main') -%} {{ create_beside('rows', of_keys if keyed.row else sql) }} {%- endcall -%}
        {%- set before = 'select * from ' ~ old ~ ' as old where ' ~ keyed.key ~ ' in (select changed_key from ' ~ keys ~ ')' -%}
        {%- set count = make_changed(before, 'select * from ' ~ beside(this, 'rows')) -%}
        {%- set relation = this.incorporate(type='view') -%}
        {%- if count -%}
            {%- do put_together(old) -%}
        {%- else -%}
            {%- call statement('view') -%} {{ create_view_as(relation, 'select * from ' ~ old) }} {%- endcall -%}
        {%- endif -%}
        {%- do note_change('keyed' if count else 'same') -%}
        {%- do adapter.commit() -%}
        {{ return({'relations': [relation]}) }}
    {%- endif -%}
    {%- set result = build_table() -%}
    {%- set count = make_changed('select * from ' ~ old, 'select * from ' ~ this) -%}
    {%- do note_change('rebuilt' if count else 'same') -%}
    {%- do adapter.commit() -%}
    {{ return(result) }}
{% endmaterialization %}


{#- dbt's own materialization `table`. -#}
{% macro build_table() %}
    {%- if target.type == 'duckdb' -%}
        {{ return(materialization_table_duckdb()) }}
    {%- endif -%}
    {{ return(materialization_table_default()) }}
{% endmacro %}


{% macro create_beside(part, query) -%}
    create table {{ beside(this, part) }} as {{ query }}
{%- endmacro %}


{% macro make_keys(old) %}
    {%- set keyed = config.get('keyed') -%}
    {%- if keyed.row -%}
        {%- set columns = (keyed.row + ([] if keyed.key in keyed.row else [keyed.key])) | join(', ') ~ ', synced_at' -%}
        {%- set query -%}
            select coalesce(made.{{ keyed.key }}, old.{{ keyed.key }}) as changed_key, min(made.synced_at) as since
            from (select {{ columns }} from ({{ sql }}) as made) as made
            full join (select {{ columns }} from {{ old }}) as old on old.synced_at = made.synced_at
                {%- for column in keyed.row %} and old.{{ column }} = made.{{ column }}{% endfor %}
            where made.{{ keyed.key }} is null or old.{{ keyed.key }} is null
            group by coalesce(made.{{ keyed.key }}, old.{{ keyed.key }})
        {%- endset -%}
    {%- else -%}
        {%- set query = 'select distinct changed_key from (' ~ concerned_keys(keyed) ~ ') as concerned where changed_key is not null' -%}
    {%- endif -%}
    {%- call statement('keys') -%} {{ create_beside('keys', query) }} {%- endcall -%}
    {%- if target.type == 'postgres' -%}
        {%- call statement('analyze') -%} analyze {{ beside(this, 'keys') }} {%- endcall -%}
    {%- endif -%}
{% endmacro %}


{#- Make the table of rows that differ; how many they are. -#}
{% macro make_changed(old, new) %}
    {%- call statement('changed') -%}
        {{ create_beside('changed', '(' ~ old ~ ' except all ' ~ new ~ ') union all (' ~ new ~ ' except all ' ~ old ~ ')') }}
    {%- endcall -%}
    {%- if target.type == 'postgres' -%}
        {%- call statement('analyze') -%} analyze {{ beside(this, 'changed') }} {%- endcall -%}
    {%- endif -%}
    {{ return(run_query('select count(*) from ' ~ beside(this, 'changed')).rows[0][0]) }}
{% endmacro %}


{#- A view of the published rows of other keys and the new rows, with the keys that did change. -#}
{% macro put_together(old) %}
    {%- set key, columns = config.get('keyed').key, columns_of(old) | join(', ') -%}
    {%- call statement('fewer') -%}
        delete from {{ beside(this, 'keys') }}
        where changed_key not in (select {{ key }} from {{ beside(this, 'changed') }} where {{ key }} is not null)
    {%- endcall -%}
    {%- call statement('view') -%}
        {{ create_view_as(this.incorporate(type='view'),
            'select ' ~ columns ~ ' from ' ~ old ~ ' as old where not exists (select 1 from ' ~ beside(this, 'keys')
            ~ ' as keys where keys.changed_key = ' ~ key ~ ') union all select ' ~ columns ~ ' from ' ~ beside(this, 'rows')
            ~ ' where ' ~ key ~ ' in (select changed_key from ' ~ beside(this, 'keys') ~ ')') }}
    {%- endcall -%}
{% endmacro %}


{% macro note_change(kind) %}
    {%- set keyed = config.get('keyed') or {} -%}
    {%- call statement('note') -%}
        insert into {{ changes_table() }}
        values ('{{ model.name }}', '{{ kind }}', '{{ this.schema }}', '{{ this.identifier }}', {{ dbt.string_literal((keyed.key or '') | replace("'", "''")) }})
    {%- endcall -%}
{% endmacro %}


{#- What a test of a model reads: in a build that follows change, the rows that it made. -#}
{% macro get_where_subquery(relation) -%}
    {%- if published(relation) -%}
        {%- set kind = run_query("select kind from " ~ changes_table() ~ " where table_name = '" ~ relation.identifier ~ "'").rows -%}
        {%- if kind and kind[0][0] == 'keyed' -%}
            {{ return('(select * from ' ~ beside(relation, 'rows') ~ ') dbt_subquery') }}
        {%- endif -%}
    {%- endif -%}
    {{ return(default__get_where_subquery(relation)) }}
{%- endmacro %}
