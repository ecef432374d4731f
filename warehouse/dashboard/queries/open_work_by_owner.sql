-- One row per owner: open tickets, jobs and shifts of the 25 owners with the most, the busiest first.
select
    max(owner_name) as owner,
    count(case when kind = 'ticket' then 1 end) as tickets,
    count(case when kind = 'job' then 1 end) as jobs,
    count(case when kind = 'shift' then 1 end) as shifts
from marts.work_items
where is_open
    and owner_name is not null
    and account in (:accounts)
group by coalesce(owner_key, owner_name)
order by count(*) desc, owner, coalesce(owner_key, owner_name)
limit 25
