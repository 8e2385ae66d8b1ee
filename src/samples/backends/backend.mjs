// A webhook: answers each message of a peer with "you said ...".
// Run it: node backend.mjs PORT, with the service's
// --switchboard.listeners.default.webhook.url=http://127.0.0.1:PORT/
import http from 'node:http'

http.createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const event = JSON.parse(Buffer.concat(chunks))
  response.end(event.type === 'message' ? `you said ${event.text ?? '?'}` : '')
}).listen(Number(process.argv[2]), '127.0.0.1')
