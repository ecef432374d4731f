-- One row: people, the vendors' records of them, and people whom more than one vendor knows.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
select
    count(*) as people,
    cast(coalesce(sum(records), 0) as bigint) as records,
    count(case when vendors > 1 then 1 end) as known_to_several_vendors,
    count(case when not has_one_name then 1 end) as with_different_names
from marts.people
where true
    and person_key in (select person_key from marts.person_records where account in (:accounts))
