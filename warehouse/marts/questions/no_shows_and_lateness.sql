-- Who does not come, and who comes late? One row per workgroup, of covered shifts that are over.
select
    coalesce(workgroup, 'no workgroup') as workgroup,
    count(*) as shifts,
    count(case when state = 'absent' then 1 end) as absent,
    count(case when state = 'declined' then 1 end) as declined,
    count(case when is_late then 1 end) as late,
    avg(case when state in ('absent', 'declined') then 1.0 else 0.0 end) as no_show_share
from marts.attendance
where is_over
group by coalesce(workgroup, 'no workgroup')
order by no_show_share desc, workgroup
