-- One row: positions needed, covered and open in the period, and the share that is covered.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
select
    cast(coalesce(sum(positions), 0) as bigint) as positions,
    cast(coalesce(sum(covered_positions), 0) as bigint) as covered_positions,
    cast(coalesce(sum(uncovered_positions), 0) as bigint) as open_positions,
    cast(coalesce(sum(uncovered_published_positions), 0) as bigint) as open_published_positions,
    100.0 * cast(coalesce(sum(covered_positions), 0) as bigint) / nullif(cast(coalesce(sum(positions), 0) as bigint), 0) as covered_percent
from marts.coverage_daily
where true
    and account in (:accounts)
    and workgroup in (:teams)
    and day >= :first_day
    and day <= :last_day
