-- Who wins our estimates, and what is still in the pipeline? One row per sales representative and currency.
select
    coalesce(sales_representative, 'nobody') as sales_representative,
    coalesce(currency, 'currency of ' || account) as currency,
    count(case when state = 'won' then 1 end) as won,
    count(case when state = 'lost' then 1 end) as lost,
    avg(case state when 'won' then 1.0 when 'lost' then 0.0 end) as win_rate,
    sum(case when state = 'open' then total else 0 end) as open_value
from marts.estimates
group by coalesce(sales_representative, 'nobody'), coalesce(currency, 'currency of ' || account)
order by win_rate desc nulls last, sales_representative, currency
