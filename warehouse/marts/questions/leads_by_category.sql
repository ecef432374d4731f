-- What becomes of our leads? One row per category.
select
    coalesce(category, 'no category') as category,
    count(*) as leads,
    count(case when state = 'converted' then 1 end) as converted,
    count(case when state = 'lost' then 1 end) as lost,
    avg(case state when 'converted' then 1.0 when 'lost' then 0.0 end) as conversion,
    sum(case when state = 'open' then expected_amount else 0 end) as open_value
from marts.leads
group by coalesce(category, 'no category')
order by open_value desc, category
