-- One row per account and table: how many rows the vendor has, and how many are kept that it deleted.
{{ count_rows(['bossdesk', 'notific', 'servicebridge', 'servicesidekick', 'shiftboard']) }}
