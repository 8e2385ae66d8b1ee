#!/usr/bin/env bash
# Sends every line of its input to the target as a message of its own, all in one request.
# Run it: tail -f /var/log/syslog | ./push.sh [TO [URL]]; it needs curl and jq.
jq --raw-input --compact-output --unbuffered --arg to "${1:-all}" '{$to, text: .}' |
    curl -sSN -T - -X POST -H 'Content-Type: application/x-ndjson' "${2:-http://localhost:8080}/send"
