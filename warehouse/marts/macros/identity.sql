{#- Which records are one person or one customer, as CTEs that end in `identities`: one row per record of `records` with
    `record_key`, `first_record_key` (shared by the records of one identity), `match_reason` and `match_confidence`.

    `records` has record_key, account, kind, name_key and is_active; `identifiers` has record_key, reason and identifier.

    - An identifier that two active records of one account and kind share tells nobody apart. Where an active and
      inactive records share it, it belongs to the active one and to those of its name: an earlier record of the same.
    - A weak identifier (all but `strong`) does not speak against a strong one, and not where it names two records of
      one account.
    - An identity in which two active records of one account and kind would meet, or two with different names, keeps
      only what strong identifiers join; and nothing where they would meet even so.
    - `overrides` win over all of it. -#}
{% macro identity(records, identifiers, strong, overrides) -%}
claims as (
    select
        record.record_key,
        record.account,
        record.kind,
        record.name_key,
        record.is_active,
        identifier.reason,
        identifier.identifier,
        sum(case when record.is_active then 1 else 0 end) over holders as active_holders,
        max(case when record.is_active then record.name_key end) over holders as active_name,
        min(record.name_key) over holders as first_name_key,
        max(record.name_key) over holders as last_name_key,
        count(*) over holders as holders
    from {{ identifiers }} as identifier
    inner join {{ records }} as record on record.record_key = identifier.record_key
    where identifier.identifier is not null
    window holders as (partition by record.account, record.kind, identifier.reason, identifier.identifier)
),

telling as (
    select record_key, account, kind, name_key, reason, identifier
    from claims
    where holders = 1
        or (active_holders = 1 and (is_active or name_key = active_name))
        or (active_holders = 0 and first_name_key = last_name_key)
),

agreeing as (
    select distinct
        one.record_key,
        one.account,
        one.kind,
        other.record_key as other_record_key,
        other.account as other_account,
        other.kind as other_kind,
        one.reason,
        one.name_key = other.name_key as has_same_name
    from telling as one
    inner join telling as other
        on other.identifier = one.identifier
        and other.reason = one.reason
        and other.record_key <> one.record_key
),

-- records of one account that a record agrees with by a weak identifier, and that do not agree with each other
ambiguous as (
    select distinct one.record_key, one.other_account, one.other_kind
    from agreeing as one
    inner join agreeing as two
        on two.record_key = one.record_key
        and two.other_account = one.other_account
        and two.other_kind = one.other_kind
        and two.other_record_key <> one.other_record_key
    left join agreeing as between_them
        on between_them.record_key = one.other_record_key
        and between_them.other_record_key = two.other_record_key
    where one.reason <> '{{ strong }}' and two.reason <> '{{ strong }}' and between_them.record_key is null
),

strong_links as (
    select record_key, account, kind, other_record_key, other_account, other_kind
    from agreeing
    where reason = '{{ strong }}'
),

-- a weak identifier of two records of which one agrees strongly with somebody else of the other's account
contradicted as (
    select distinct weak.record_key, weak.other_record_key
    from agreeing as weak
    inner join strong_links
        on strong_links.record_key = weak.record_key
        and strong_links.other_account = weak.other_account
        and strong_links.other_kind = weak.other_kind
        and strong_links.other_record_key <> weak.other_record_key
    left join strong_links as same
        on same.record_key = weak.record_key and same.other_record_key = weak.other_record_key
    where weak.reason <> '{{ strong }}' and same.record_key is null
),

overrides as (
    {% for override in overrides -%}
    select
        cast('{{ override.record }}' as text) as record_key,
        cast('{{ override.other }}' as text) as other_record_key,
        {{ 'true' if override.same else 'false' }} as is_same
    union all
    select cast('{{ override.other }}' as text), cast('{{ override.record }}' as text), {{ 'true' if override.same else 'false' }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as record_key, cast(null as text) as other_record_key, false as is_same where 1 = 0
    {%- endfor %}
),

links as (
    select agreeing.record_key, agreeing.other_record_key, agreeing.reason, coalesce(agreeing.has_same_name, false) as has_same_name
    from agreeing
    left join ambiguous as from_here
        on from_here.record_key = agreeing.record_key
        and from_here.other_account = agreeing.other_account
        and from_here.other_kind = agreeing.other_kind
    left join ambiguous as from_there
        on from_there.record_key = agreeing.other_record_key
        and from_there.other_account = agreeing.account
        and from_there.other_kind = agreeing.kind
    left join contradicted as here
        on here.record_key = agreeing.record_key and here.other_record_key = agreeing.other_record_key
    left join contradicted as there
        on there.record_key = agreeing.other_record_key and there.other_record_key = agreeing.record_key
    left join overrides
        on overrides.record_key = agreeing.record_key
        and overrides.other_record_key = agreeing.other_record_key
        and not overrides.is_same
    where overrides.record_key is null
        and (
            agreeing.reason = '{{ strong }}'
            or (from_here.record_key is null and from_there.record_key is null
                and here.record_key is null and there.record_key is null)
        )
    union all
    select overrides.record_key, overrides.other_record_key, 'manual', true
    from overrides
    where overrides.is_same
),

connected_by_all as (
    {{ connected('links') }}
),

conflicts_of_all as (
    {{ conflicts('connected_by_all', records) }}
),

strong_only as (
    select links.record_key, links.other_record_key
    from links
    inner join connected_by_all on connected_by_all.record_key = links.record_key
    inner join conflicts_of_all on conflicts_of_all.first_record_key = connected_by_all.first_record_key
    where links.reason in ('{{ strong }}', 'manual')
),

connected_by_strong as (
    {{ connected('strong_only') }}
),

conflicts_of_strong as (
    {{ conflicts('connected_by_strong', records) }}
),

manual_only as (
    select record_key, other_record_key from links where reason = 'manual'
),

connected_by_hand as (
    {{ connected('manual_only') }}
),

joined as (
    select
        record.record_key,
        coalesce(
            case
                when conflicts_of_all.first_record_key is null then connected_by_all.first_record_key
                when conflicts_of_strong.first_record_key is null then connected_by_strong.first_record_key
                else connected_by_hand.first_record_key
            end,
            record.record_key
        ) as first_record_key
    from {{ records }} as record
    left join connected_by_all on connected_by_all.record_key = record.record_key
    left join conflicts_of_all on conflicts_of_all.first_record_key = connected_by_all.first_record_key
    left join connected_by_strong on connected_by_strong.record_key = record.record_key
    left join conflicts_of_strong on conflicts_of_strong.first_record_key = connected_by_strong.first_record_key
    left join connected_by_hand on connected_by_hand.record_key = record.record_key
),

reasons as (
    select
        links.record_key,
        string_agg(distinct links.reason, ' and ' order by links.reason) as match_reason,
        case
            when bool_or(links.reason = 'manual') then 'certain'
            when bool_or(links.reason = '{{ strong }}' and links.has_same_name) or count(distinct links.reason) > 1 then 'high'
            when bool_or(links.reason = '{{ strong }}' or links.has_same_name) then 'medium'
            else 'low'
        end as match_confidence
    from links
    inner join joined as here on here.record_key = links.record_key
    inner join joined as there on there.record_key = links.other_record_key
    where here.first_record_key = there.first_record_key
    group by links.record_key
),

identities as (
    select
        joined.record_key,
        joined.first_record_key,
        coalesce(reasons.match_reason, 'alone') as match_reason,
        reasons.match_confidence
    from joined
    left join reasons on reasons.record_key = joined.record_key
)
{%- endmacro %}


{#- Identities in which two active records of one account and kind meet, two of one account with different names, or two
    that an override keeps apart. -#}
{% macro conflicts(connected, records) -%}
    select {{ connected }}.first_record_key
    from {{ connected }}
    inner join {{ records }} as record on record.record_key = {{ connected }}.record_key
    group by {{ connected }}.first_record_key, record.account, record.kind
    having sum(case when record.is_active then 1 else 0 end) > 1
        or (count(*) > 1 and count(distinct coalesce(record.name_key, '')) > 1)
    union
    select here.first_record_key
    from overrides
    inner join {{ connected }} as here on here.record_key = overrides.record_key
    inner join {{ connected }} as there on there.record_key = overrides.other_record_key
    where not overrides.is_same and here.first_record_key = there.first_record_key
{%- endmacro %}
