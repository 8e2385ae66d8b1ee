'use strict';

// The rival in Node.js: a server for lines over TCP on one port, and on the other port HTTP with
//   POST /send?to=all | to=ID   sends the body as a line to all peers or to one
//   GET  /peers?limit=100       lists the connected peers
//   GET  /stats                 returns the numbers of peers and of received lines: {peers, received}
// It has no framework, no framing options and no limits, and reports only a count per send.
// Usage: node switchboard.js TCP_PORT HTTP_PORT [length:2]
// With length:2, the peers send frames with a length field of two bytes in place of lines.

const http = require('node:http');
const net = require('node:net');

const [tcpPort, httpPort] = process.argv.slice(2).map(Number);
const BACKLOG = 4096; // with Node's default of 511, 10,000 simultaneous connects would wait for retransmitted SYNs
const MAX_LINE = 65536;
const LF = Buffer.from('\n');
const EMPTY = Buffer.alloc(0);
const peers = new Map();
let lastId = 0;
let received = 0;

const onLine = (_id, _line) => {
    received++;
};

/** Passes on the lines of a peer, and returns where the incomplete one begins. */
const readLines = (id, bytes) => {
    let start = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
        onLine(id, bytes.subarray(start, at));
        start = at + 1;
    }
    return start;
};

/** Does the same with frames that begin with their length in two bytes. */
const readFrames = (id, bytes) => {
    let start = 0;
    while (start + 2 <= bytes.length) {
        const end = start + 2 + ((bytes[start] << 8) | bytes[start + 1]);
        if (end > bytes.length) {
            break;
        }
        onLine(id, bytes.subarray(start + 2, end));
        start = end;
    }
    return start;
};
const read = process.argv[4] === 'length:2' ? readFrames : readLines;

net.createServer({ noDelay: true }, (socket) => {
    const id = `n-${++lastId}`;
    let partial = EMPTY; // the start of an incomplete line
    peers.set(id, socket);
    socket.on('data', (chunk) => {
        const bytes = partial.length === 0 ? chunk : Buffer.concat([partial, chunk]);
        partial = bytes.subarray(read(id, bytes));
        if (partial.length > MAX_LINE) {
            socket.destroy();
        }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => peers.delete(id));
}).listen(tcpPort, '127.0.0.1', BACKLOG);

const respond = (response, status, text) => {
    response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
};

const send = (to, line, response) => {
    if (to === 'all') {
        for (const socket of peers.values()) {
            socket.write(line);
        }
        respond(response, 200, `{"matched":${peers.size}}`);
        return;
    }
    const socket = peers.get(to);
    if (socket === undefined) {
        respond(response, 404, '{"title":"Not Found"}');
        return;
    }
    socket.write(line);
    respond(response, 200, '{"matched":1}');
};

const list = (limit) => {
    const page = [];
    for (const [id, socket] of peers) {
        if (page.length === limit) {
            break;
        }
        page.push({ id, peername: { host: socket.remoteAddress, port: socket.remotePort } });
    }
    return JSON.stringify({ total: peers.size, peers: page });
};

/** Returns the value of a query parameter. Ids need no decoding; URLSearchParams costs more than the send. */
const parameter = (url, name) => {
    const match = new RegExp(`[?&]${name}=([^&]*)`).exec(url);
    return match === null ? undefined : match[1];
};
const TO = /[?&]to=([^&]*)/;

const server = http.createServer((request, response) => {
    const url = request.url;
    if (request.method === 'POST' && url.startsWith('/send')) {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
            chunks.push(LF);
            send(TO.exec(url)?.[1], Buffer.concat(chunks), response);
        });
    } else if (url.startsWith('/peers')) {
        respond(response, 200, list(Number(parameter(url, 'limit') ?? 100)));
    } else if (url.startsWith('/stats')) {
        respond(response, 200, `{"peers":${peers.size},"received":${received}}`);
    } else {
        respond(response, 404, '{"title":"Not Found"}');
    }
});
server.keepAliveTimeout = 0; // no timeout, because back ends keep their connections open
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(httpPort, '127.0.0.1', BACKLOG);
process.on('SIGTERM', () => process.exit(0));
