"""Sends a message, and says of each peer what became of it; exits with 1 unless all of them have it.

Run it: python3 send.py TO TEXT [URL], TO being all, a peer's id or name, group:NAME ...
"""
import json
import sys
import urllib.error
import urllib.request

to, text = sys.argv[1:3]
url = sys.argv[3] if len(sys.argv) > 3 else 'http://localhost:8080'

body = json.dumps({'to': to, 'text': text, 'results': 'all'}).encode()
request = urllib.request.Request(url + '/send', body, {'Content-Type': 'application/json'})
try:
    with urllib.request.urlopen(request) as answer:
        report = json.load(answer)
except urllib.error.HTTPError as error:
    sys.exit(json.load(error)['detail'])
for result in report['results']:
    print(result['peer'], result['status'], result.get('reason', ''))
sys.exit(0 if report['written'] == report['matched'] else 1)
