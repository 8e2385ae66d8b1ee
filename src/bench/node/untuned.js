'use strict';

// The rival of the scenario "hostile" in Node.js, written as one usually would: node:net with node:readline for the
// lines of peers, node:http with its default limits for requests, and no limits of its own.
//   POST /send?to=ID&wait=reply  sends the body as a line and answers with the peer's next line
//   GET  /peers                  lists the connected peers
//   GET  /stats                  returns the number of peers
//   GET  /heap                   collects garbage and returns the bytes in use (needs --expose-gc)
// Usage: node untuned.js TCP_PORT HTTP_PORT

const http = require('node:http');
const net = require('node:net');
const readline = require('node:readline');

const [tcpPort, httpPort] = process.argv.slice(2).map(Number);
const peers = new Map();
let lastId = 0;

net.createServer({ noDelay: true }, (socket) => {
    const id = `n-${++lastId}`;
    const peer = { socket, callers: [] };
    peers.set(id, peer);
    const lines = readline.createInterface({ input: socket, crlfDelay: Infinity });
    lines.on('line', (line) => peer.callers.shift()?.(line));
    lines.on('error', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
        peers.delete(id);
        peer.callers.forEach((answer) => answer(undefined));
    });
}).listen(tcpPort, '127.0.0.1');

const respond = (response, status, body) => {
    const text = JSON.stringify(body);
    response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
};

const send = (query, body, response) => {
    const id = query.get('to');
    const peer = peers.get(id);
    if (peer === undefined) {
        respond(response, 404, { title: 'Not Found' });
        return;
    }
    if (query.get('wait') === 'reply') {
        peer.callers.push((reply) =>
            reply === undefined
                ? respond(response, 503, { title: 'The peer has gone' })
                : respond(response, 200, { results: [{ peer: id, status: 'replied', reply }] }),
        );
    } else {
        respond(response, 200, { matched: 1 });
    }
    peer.socket.write(`${body}\n`);
};

const list = () => ({
    total: peers.size,
    peers: [...peers].slice(0, 1000).map(([id, { socket }]) => ({
        id,
        peername: { host: socket.remoteAddress, port: socket.remotePort },
    })),
});

http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (request.method === 'POST' && url.pathname === '/send') {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => send(url.searchParams, Buffer.concat(chunks).toString(), response));
        request.on('error', () => response.destroy());
    } else if (url.pathname === '/peers') {
        respond(response, 200, list());
    } else if (url.pathname === '/stats') {
        respond(response, 200, { peers: peers.size });
    } else if (url.pathname === '/heap') {
        global.gc();
        const { heapUsed, external } = process.memoryUsage();
        respond(response, 200, { bytes: heapUsed + external });
    } else {
        respond(response, 404, { title: 'Not Found' });
    }
}).listen(httpPort, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
