// Makes a chat room of all peers: greets who comes, and tells everyone else what one of them says.
// Run it: node chat.mjs [URL]; then meet in it: nc 127.0.0.1 8000
const [url = 'http://localhost:8080'] = process.argv.slice(2)

function send(text, query) {
  return fetch(`${url}/send?split=true&${new URLSearchParams(query)}`, { method: 'POST', body: text })
}

async function on(event) {
  const { type, peer, text } = event
  if (type === 'connected') await send(`welcome, you are ${peer.id}`, { to: peer.id })
  if (type === 'message') await send(`${peer.id}: ${text ?? 'bytes'}`, { to: 'all', exclude: peer.id })
}

const stream = await fetch(`${url}/events?type=connected&type=message`)
let pending = ''
for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
  const lines = (pending + chunk).split('\n')
  pending = lines.pop()
  for (const line of lines) if (line.startsWith('data: ')) await on(JSON.parse(line.slice(6)))
}
