select month, account, coalesce(currency, 'not stated') as currency, invoiced, collected, balance_of_invoiced
from marts.revenue_by_month
where month is not null
