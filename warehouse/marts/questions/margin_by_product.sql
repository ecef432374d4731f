-- What do we sell, and what do we earn with it? One row per product or service and currency, at today's cost.
select
    coalesce(product_key, name) as product,
    coalesce(currency, 'currency of ' || account) as currency,
    max(name) as name,
    sum(quantity) as quantity,
    sum(total) as sold,
    sum(case when cost is not null then margin end) as margin,
    count(case when cost is null then 1 end) as lines_without_cost
from marts.invoice_lines
group by coalesce(product_key, name), coalesce(currency, 'currency of ' || account)
order by currency, sold desc, product
