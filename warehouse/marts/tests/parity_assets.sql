-- Every thing that a vendor has is in `assets` once.
{{ parity('assets', [
    'bossdesk.cis',
    'servicebridge.assets',
    'shiftboard.resources',
]) }}
