-- Every job has its revenue once.
{{ parity('revenue_by_job', [
    'servicebridge.work_orders',
    'servicesidekick.jobs',
]) }}
