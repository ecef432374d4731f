-- Every job has its cycle times once.
{{ parity('job_cycle_times', [
    'servicebridge.work_orders',
    'servicesidekick.jobs',
]) }}
