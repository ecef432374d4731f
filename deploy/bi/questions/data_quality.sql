-- Which records cannot be right? One row per account, table and problem.
select account, table_name, problem, consequence, count(*) as records
from marts.data_quality
group by account, table_name, problem, consequence
order by records desc, account, table_name
