-- What becomes of our leads? One row per category, from the vendor's table (ServiceBridge).
select
    coalesce(marketing_category__name, 'no category') as category,
    count(*) as leads,
    count(case when status = 'Converted' then 1 end) as converted,
    count(case when status = 'Lost' then 1 end) as lost,
    avg(case status when 'Converted' then 1.0 when 'Lost' then 0.0 end) as conversion,
    sum(case when status in ('Converted', 'Lost') then 0 else expected_amount end) as open_value
from servicebridge.leads
where _deleted_at is null
group by coalesce(marketing_category__name, 'no category')
order by open_value desc, category
