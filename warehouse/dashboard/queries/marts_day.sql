-- One row: the day from which the marts count ages and next week.
select day from marts.calendar where is_today
