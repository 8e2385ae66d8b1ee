// A peer in Node.js: says hello, prints each line that it is sent and answers it, until it is hung up on.
// Run it: node tcp.mjs [HOST [PORT]]
import net from 'node:net'
import readline from 'node:readline'

const [host = '127.0.0.1', port = '8000'] = process.argv.slice(2)
const connection = net.connect(Number(port), host)
connection.write('hello from Node.js\n')
// a chunk is half a line or three of them; readline puts lines together
for await (const line of readline.createInterface({ input: connection })) {
  console.log(line)
  connection.write(`got ${line}\n`)
}
