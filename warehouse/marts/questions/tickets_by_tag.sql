-- What are tickets about? One row per tag, from the vendor's table (BOSSDesk).
select
    tag.name as tag,
    count(*) as tickets,
    count(case when ticket.is_open then 1 end) as open_tickets,
    count(case when ticket.is_overdue then 1 end) as overdue_tickets
from bossdesk.tickets__tags as tag
inner join marts.tickets as ticket on ticket.ticket_key = 'bossdesk:ticket:' || tag._parent_id
where tag._deleted_at is null
group by tag.name
order by open_tickets desc, tickets desc, tag
