"""Asks a peer, and prints what it answers: the next line that comes from it, within 5 seconds.

Run it: python3 ask.py PEER QUESTION [URL], PEER being an id or a name
"""
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

peer, question = sys.argv[1:3]
url = sys.argv[3] if len(sys.argv) > 3 else 'http://localhost:8080'

query = urllib.parse.urlencode({'to': peer, 'wait': 'reply', 'timeout': '5s'})
try:
    with urllib.request.urlopen(f'{url}/send?{query}', question.encode()) as answer:
        result = json.load(answer)['results'][0]
        print(result['reply'] if 'reply' in result else result.get('replyBase64', result['status']))
except urllib.error.HTTPError as error:
    # 404 nobody, 410 gone, 504 no answer in time: the detail says it in words
    problem = json.load(error)
    sys.exit(problem.get('detail') or problem['results'][0]['reason'])
