-- One row per account and IANA time zone in which its tickets' days or its shifts' hours are told.
select account, time_zone from marts.tickets where time_zone is not null group by account, time_zone
union
select account, time_zone from marts.shifts where time_zone is not null group by account, time_zone
order by account, time_zone
