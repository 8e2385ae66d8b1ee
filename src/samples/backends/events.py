"""Follows what happens to peers and prints it, over lost connections and restarts of the service.

Run it: python3 events.py [URL]
"""
import http.client
import json
import sys
import time
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else 'http://localhost:8080'

last = None
while True:
    # whoever says what it heard last hears what came after that, or a "gap" that counts what is lost
    request = urllib.request.Request(url + '/events', headers={'Last-Event-ID': last} if last else {})
    try:
        # a heartbeat comes every 15 s: a minute without one is a dead connection
        with urllib.request.urlopen(request, timeout=60) as stream:
            fields = {}
            for line in stream:
                name, _, value = line.decode().rstrip('\n').partition(': ')
                if value:
                    fields[name] = value
                    continue
                # an empty line: only now has the event come in full, and counts as heard
                last = fields.get('id', last)
                if 'data' in fields:
                    event = json.loads(fields['data'])
                    what = next((event[key] for key in ('text', 'base64', 'reason', 'missed') if key in event), '')
                    print(event['type'], event.get('peer', {}).get('id', '-'), what, flush=True)
                fields = {}
    except (OSError, http.client.HTTPException) as error:
        print('again in a second:', error, file=sys.stderr, flush=True)
    time.sleep(1)
