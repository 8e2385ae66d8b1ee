#!/usr/bin/env bash
# A peer without any program but bash: says hello, prints each line that it is sent and answers it.
# Run it: ./devtcp.sh [HOST [PORT]]
exec 3<>"/dev/tcp/${1:-127.0.0.1}/${2:-8000}"
echo 'hello from bash' >&3
while IFS= read -r line <&3; do
    echo "$line"
    echo "got $line" >&3
done
