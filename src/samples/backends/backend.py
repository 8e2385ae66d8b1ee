# A webhook: answers each message of a peer with "you said ...".
# Run it: python3 backend.py PORT, with the service's
# --switchboard.listeners.default.webhook.url=http://127.0.0.1:PORT/
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class BackEnd(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'   # connections are kept
    disable_nagle_algorithm = True  # headers and body leave as two writes

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        answer = 'you said ' + event.get('text', '?') if event['type'] == 'message' else ''
        self.send_response(200)
        self.send_header('Content-Length', len(answer.encode()))
        self.end_headers()
        self.wfile.write(answer.encode())

ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), BackEnd).serve_forever()
