"""Lists who is connected, page by page: id, name, address, and when it last said something.

Run it: python3 peers.py [URL]
"""
import json
import sys
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else 'http://localhost:8080'

after = ''
while after is not None:
    with urllib.request.urlopen(f'{url}/peers?limit=1000&after={after}' if after else f'{url}/peers?limit=1000') as answer:
        page = json.load(answer)
    for peer in page['peers']:
        end = peer['peername']
        address = f"{end['host']}:{end['port']}" if 'port' in end else end.get('path') or '-'
        print(peer['id'], peer['name'] or '-', address, peer['lastReceivedAt'] or '-')
    after = page['next']
