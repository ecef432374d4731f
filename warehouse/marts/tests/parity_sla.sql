-- Every row that a vendor has is in `sla` once.
{{ parity('sla', [
    'bossdesk.tickets',
    'notific.tickets',
]) }}
