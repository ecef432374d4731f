#!/bin/sh
# Repeats a command every SECONDS, from start to start; a run that takes longer is followed at once.
# A signal ends the command, which commits what it has, and then the loop.
#   repeat 3600 fieldhouse sync --json
set -u
if [ "$#" -lt 2 ] || ! [ "$1" -gt 0 ] 2>/dev/null; then
  echo "repeat: expected a number of seconds and a command, such as: repeat 3600 fieldhouse sync" >&2
  exit 2
fi
seconds="$1"
shift
# `$!` and not a variable: a signal may arrive between the start of a command and the next line
stop() {
  [ -z "${!:-}" ] || kill -TERM "$!" 2>/dev/null
  wait
  exit 143
}
trap stop TERM INT
while :; do
  next=$(($(date +%s) + seconds))
  "$@" &
  wait "$!"
  code=$?
  [ "$code" -eq 0 ] || echo "repeat: $* ended with exit code $code" >&2
  pause=$((next - $(date +%s)))
  if [ "$pause" -gt 0 ]; then
    sleep "$pause" &
    wait "$!"
  fi
done
