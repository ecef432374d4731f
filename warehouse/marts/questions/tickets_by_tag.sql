-- What are tickets about? One row per tag.
select
    tag.tag,
    count(*) as tickets,
    count(case when ticket.is_open then 1 end) as open_tickets,
    count(case when ticket.is_overdue then 1 end) as overdue_tickets
from marts.ticket_tags as tag
inner join marts.tickets as ticket on ticket.ticket_key = tag.ticket_key
group by tag.tag
order by open_tickets desc, tickets desc, tag.tag
