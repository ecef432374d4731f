-- How much of the agents' time is billable? One row per agent.
select
    coalesce(agent_name, agent_record_key) as agent,
    sum(minutes) / 60.0 as hours,
    sum(case when is_billable then minutes else 0 end) / 60.0 as billable_hours,
    1.0 * sum(case when is_billable then minutes else 0 end) / nullif(sum(minutes), 0) as billable_share
from marts.agent_time
group by agent_record_key, coalesce(agent_name, agent_record_key)
order by hours desc, agent
