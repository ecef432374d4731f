-- One row: the day from which the marts count ages and next week, and the first day of its week.
select day, week_starts_on from marts.calendar where is_today
