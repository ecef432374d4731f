-- One row: people, the vendors' records of them, and people whom more than one vendor knows.
with chosen as (
    select person_key
    from marts.person_records
    where true
        and account in (:accounts)
    group by person_key
)

select
    count(*) as people,
    cast(coalesce(sum(people.records), 0) as bigint) as records,
    count(case when people.vendors > 1 then 1 end) as known_to_several_vendors,
    count(case when not people.has_one_name then 1 end) as with_different_names
from marts.people as people
inner join chosen on chosen.person_key = people.person_key
