select month, account, coalesce(currency, 'currency of ' || account) as currency, invoiced, collected, balance_of_invoiced
from marts.revenue_by_month
where month is not null
