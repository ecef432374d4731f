-- One row per person whom more than one vendor knows: which vendors, and what says that the records are one person.
with chosen as (
    select person_key
    from marts.person_records
    where true
        and account in (:accounts)
    group by person_key
)

select
    people.full_name,
    people.email,
    people.vendor_names,
    people.records,
    people.match_reason,
    people.has_one_name
from marts.people as people
inner join chosen on chosen.person_key = people.person_key
where people.vendors > 1
order by people.full_name, people.person_key
limit 200
