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
      [model, column that has the values, expression for the next], leads from the parent to the key over other models;
      the model `this` is the published table. `without` lists columns whose changes alone concern no key: those that
      the model does not read.
      {of: parent, ignoring: [columns]}: if other columns changed, all rows are made.
    - while: a condition on published rows that differ at another time; `:now` stands for the time of the build.
    - each_day: a condition on published rows that differ on another day.
    - passing: a list of {of: parent, key: expression, when: condition on its rows}, for keys that differ because time
      passed; `:before` stands for the time of the last build.
    A parent that is not listed makes the model rebuilt when it changes.

    Of a model that is not keyed, the config `ignoring`, {parent: [columns]}, lists columns that it does not read: if only
    those changed, it is the same. `time_grain: day` says that only the day of `now` matters to it. -#}

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


{#- How this model is built: full (nothing to build upon), same, keyed, or rebuilt. It is asked for each filter of the
    model, and decided once. -#}
{% macro way_to_build() %}
    {%- if 'way_to_build' not in model -%}
        {%- do model.update({'way_to_build': decided_way_to_build()}) -%}
    {%- endif -%}
    {{ return(model.way_to_build) }}
{% endmacro %}


{% macro decided_way_to_build() %}
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
        {%- set ignoring = config.get('ignoring') or {} -%}
        {%- for parent in kinds if parent not in ignoring or has_other_changes(parent, ignoring[parent]) -%}
            {{ return('rebuilt') }}
        {%- endfor -%}
        {{ return('rebuilt' if 'now()' in model.raw_code else 'same') }}
    {%- endif -%}
    {%- if not kinds and not keyed.while and not keyed.passing and not (keyed.each_day and not var('is_same_day')) -%}
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
    {{ return(run_query('select count(*) from ' ~ changed_rows({'of': parent, 'without': ignoring})).rows[0][0] > 0) }}
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


{#- The same for rows that have no expression of the key, but a column of which the rows of these keys have the values. -#}
{% macro only_in(column, values, word='where') -%}
    {%- if execute and way_to_build() == 'keyed' %} {{ word }} {{ column }} in ({{ values }}) {% endif -%}
{%- endmacro %}


{#- The keys that the changes of the parents, and the time, can concern. -#}
{% macro concerned_keys(keyed) -%}
    {%- set kinds = changed_parents() -%}
    {%- set chosen = namespace(query='') -%}
    {%- set queries = [] -%}
    {%- for change in keyed.changes if change.of in kinds and not change.ignoring -%}
        {%- set chosen.query = 'select ' ~ change.key ~ ' as changed_key from ' ~ changed_rows(change) -%}
        {%- for other, column, key in change.path or [] -%}
            {%- set chosen.query = 'select ' ~ key ~ ' as changed_key from '
                ~ (published(this) if other == 'this' else ref('fieldhouse', other)) ~ ' where ' ~ column
                ~ ' in (' ~ chosen.query ~ ')' -%}
        {%- endfor -%}
        {%- do queries.append(chosen.query) -%}
    {%- endfor -%}
    {%- for change in keyed.passing or [] -%}
        {%- do queries.append('select ' ~ change.key ~ ' as changed_key from ' ~ ref('fieldhouse', change.of) ~ ' where ' ~ at_this_time(change.when)) -%}
    {%- endfor -%}
    {%- for condition in [keyed.while, none if var('is_same_day') else keyed.each_day] if condition -%}
        {%- do queries.append('select ' ~ keyed.key ~ ' as changed_key from ' ~ published(this) ~ ' where ' ~ at_this_time(condition)) -%}
    {%- endfor -%}
    {{ (queries or ['select cast(null as text) as changed_key where 1 = 0']) | join(' union ') }}
{%- endmacro %}


{#- The rows of a parent that differ, old and new; without those of which only columns `without` do. -#}
{% macro changed_rows(change) -%}
    {%- set relation = ref('fieldhouse', change.of) -%}
    {%- set changed = beside(relation, 'changed') -%}
    {%- if not change.without -%}
        {{ return(changed) }}
    {%- endif -%}
    {%- set columns = columns_of(published(relation), change.without) | join(', ') -%}
    {{ return('(' ~ differences(columns, changed ~ ' where not _is_new', changed ~ ' where _is_new') ~ ') as changed') }}
{%- endmacro %}


{#- The rows of one of two relations, with the column `_is_new`. One aggregation costs a fifth of two `except all`. -#}
{% macro differences(columns, old, new) -%}
    select {{ columns }}, sum(_step) > 0 as _is_new
    from (select {{ columns }}, -1 as _step from {{ old }} union all select {{ columns }}, 1 from {{ new }}) as compared
    group by {{ columns }}
    having sum(_step) <> 0
{%- endmacro %}


{% macro at_this_time(condition) -%}
    {{ return('(' ~ condition | replace(':now', now()) | replace(':before', "cast('" ~ var('published_at') ~ "' as timestamptz)") ~ ')') }}
{%- endmacro %}


{% materialization on_change, default %}
    {%- set way = way_to_build() -%}
    {%- if way == 'full' -%}
        {{ return(build_table()) }}
    {%- endif -%}
    {%- set old = published(this) -%}
    {%- set has_keys = way == 'keyed' and make_keys(old) > 0 -%}
    {%- set count = make_rows(old) if has_keys else 0 -%}
    {%- if way in ('same', 'keyed') -%}
        {%- set relation = this.incorporate(type='view') -%}
        {%- call statement('main') -%} {{ create_view_as(relation, put_together(old) if count else 'select * from ' ~ old) }} {%- endcall -%}
        {%- do note_change('keyed' if count else 'same', way) -%}
        {%- do adapter.commit() -%}
        {{ return({'relations': [relation]}) }}
    {%- endif -%}
    {%- set result = build_table() -%}
    {%- set count = make_changed(columns_of(old), old, this) -%}
    {%- do note_change('rebuilt' if count else 'same', way) -%}
    {%- do adapter.commit() -%}
    {{ return(result) }}
{% endmaterialization %}


{#- dbt's own materialization `table` where a table has to be replaced for other sessions. What is not there is made under
    its own name, and DuckDB replaces a table in the transaction that makes it: to rename, to drop and to list columns is a
    fifth of the time of a small build. -#}
{% macro build_table() %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing and target.type != 'duckdb' -%}
        {{ return(materialization_table_default()) }}
    {%- endif -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- call statement('main') -%}
        {%- if existing %} drop {{ existing.type }} {{ existing }}; {% endif -%}
        {{ create_table_as(False, relation, sql) }}
    {%- endcall -%}
    {%- do create_indexes(relation) -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do apply_grants(relation, config.get('grants'), should_revoke=should_revoke(none, full_refresh_mode=True)) -%}
    {%- do describe_table(relation) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{ return({'relations': [relation]}) }}
{% endmacro %}


{#- dbt's `persist_docs` in one statement, where a contract has proved that the table has the described columns. -#}
{% macro describe_table(relation) %}
    {%- if not config.get('contract').enforced -%}
        {{ return(persist_docs(relation, model)) }}
    {%- endif -%}
    {%- set comments = [] -%}
    {%- if config.persist_relation_docs() and model.description -%}
        {%- do comments.append('table ' ~ relation ~ ' is ' ~ comment_literal(model.description)) -%}
    {%- endif -%}
    {%- for column in model.columns.values() if config.persist_column_docs() and column.description -%}
        {%- set name = adapter.quote(column.name) if column.quote else column.name -%}
        {%- do comments.append('column ' ~ relation ~ '.' ~ name ~ ' is ' ~ comment_literal(column.description)) -%}
    {%- endfor -%}
    {%- if comments -%}
        {%- call statement('comments', auto_begin=False) -%} comment on {{ comments | join('; comment on ') }} {%- endcall -%}
    {%- endif -%}
{% endmacro %}


{% macro comment_literal(text) %}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}


{% macro create_beside(part, query) -%}
    create table {{ beside(this, part) }} as {{ query }}
{%- endmacro %}


{#- Make the table of keys whose rows are made; how many they are. -#}
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
    {{ return(run_query('select count(*) from ' ~ beside(this, 'keys')).rows[0][0]) }}
{% endmacro %}


{#- Make the rows of these keys, and the table of those that differ from the published ones; how many they are. -#}
{% macro make_rows(old) %}
    {%- set keyed, keys, query = config.get('keyed'), beside(this, 'keys'), sql -%}
    {%- if keyed.row -%}
        {%- set query = 'select * from (' ~ sql ~ ') as made where ' ~ keyed.key ~ ' in (select changed_key from ' ~ keys ~ ')' -%}
        {%- if keyed.row == [keyed.key] -%}
            {%- set since = run_query('select min(since) from ' ~ keys).rows[0][0] -%}
            {%- set query = query ~ ' and (synced_at is null' ~ (" or synced_at >= timestamptz '" ~ since.isoformat() ~ "'" if since) ~ ')' -%}
        {%- endif -%}
    {%- endif -%}
    {%- call statement('rows') -%} {{ create_beside('rows', query) }} {%- endcall -%}
    {%- set before = old ~ ' as old where ' ~ keyed.key ~ ' in (select changed_key from ' ~ keys ~ ')' -%}
    {{ return(make_changed(columns_of(old), before, beside(this, 'rows'))) }}
{% endmacro %}


{#- Make the table of rows that differ, the old and the new (`_is_new`); how many they are. -#}
{% macro make_changed(columns, old, new) %}
    {%- call statement('changed') -%} {{ create_beside('changed', differences(columns | join(', '), old, new)) }} {%- endcall -%}
    {%- if target.type == 'postgres' -%}
        {%- call statement('analyze') -%} analyze {{ beside(this, 'changed') }} {%- endcall -%}
    {%- endif -%}
    {{ return(run_query('select count(*) from ' ~ beside(this, 'changed')).rows[0][0]) }}
{% endmacro %}


{#- Leave the keys that did change; the query that puts the published rows of other keys and the new rows together. -#}
{% macro put_together(old) -%}
    {%- set key, columns = config.get('keyed').key, columns_of(old) | join(', ') -%}
    {%- call statement('fewer') -%}
        delete from {{ beside(this, 'keys') }}
        where changed_key not in (select {{ key }} from {{ beside(this, 'changed') }} where {{ key }} is not null)
    {%- endcall -%}
    select {{ columns }} from {{ old }} as old
    where not exists (select 1 from {{ beside(this, 'keys') }} as keys where keys.changed_key = {{ key }})
    union all
    select {{ columns }} from {{ beside(this, 'rows') }}
    where {{ key }} in (select changed_key from {{ beside(this, 'keys') }})
{%- endmacro %}


{#- Note what became of the published table, and how the model was made. -#}
{% macro note_change(kind, way) %}
    {%- set keyed = config.get('keyed') or {} -%}
    {%- call statement('note') -%}
        insert into {{ changes_table() }}
        values (
            '{{ model.name }}', '{{ kind }}', '{{ this.schema }}', '{{ this.identifier }}',
            {{ dbt.string_literal((keyed.key or '') | replace("'", "''")) }}, '{{ way }}'
        )
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
