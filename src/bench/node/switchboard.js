'use strict';

// What one would write in Node.js instead of Switchboard: lines over TCP on one port, and on the other
//   POST /send?to=all | to=ID   the body goes out as a line
//   GET  /peers?limit=100       who is connected
//   GET  /stats                 {peers, received}
// No framework, no framing options, no bounds, no reports beyond a count.
// node switchboard.js TCP_PORT HTTP_PORT

const http = require('node:http');
const net = require('node:net');

const [tcpPort, httpPort] = process.argv.slice(2).map(Number);
const BACKLOG = 4096; // Node's own 511 would make 10,000 connects at once wait for retransmitted SYNs
const LONGEST_LINE = 65536;
const LF = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);
const peers = new Map();
let ids = 0;
let received = 0;

const onLine = (_id, _line) => {
    received++;
};

net.createServer({ noDelay: true }, (socket) => {
    const id = `n-${++ids}`;
    let partial = NOTHING; // of a line that has not ended
    peers.set(id, socket);
    socket.on('data', (chunk) => {
        const bytes = partial.length === 0 ? chunk : Buffer.concat([partial, chunk]);
        let start = 0;
        for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
            onLine(id, bytes.subarray(start, at));
            start = at + 1;
        }
        partial = bytes.subarray(start);
        if (partial.length > LONGEST_LINE) {
            socket.destroy();
        }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => peers.delete(id));
}).listen(tcpPort, '127.0.0.1', BACKLOG);

const answer = (response, status, text) => {
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
        answer(response, 200, `{"matched":${peers.size}}`);
        return;
    }
    const socket = peers.get(to);
    if (socket === undefined) {
        answer(response, 404, '{"title":"Not Found"}');
        return;
    }
    socket.write(line);
    answer(response, 200, '{"matched":1}');
};

const list = (limit) => {
    const some = [];
    for (const [id, socket] of peers) {
        if (some.length === limit) {
            break;
        }
        some.push({ id, peername: { host: socket.remoteAddress, port: socket.remotePort } });
    }
    return JSON.stringify({ total: peers.size, peers: some });
};

/** The value of a name in the query; ids need no decoding. URLSearchParams costs more than the send. */
const parameter = (url, name) => {
    const found = new RegExp(`[?&]${name}=([^&]*)`).exec(url);
    return found === null ? undefined : found[1];
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
        answer(response, 200, list(Number(parameter(url, 'limit') ?? 100)));
    } else if (url.startsWith('/stats')) {
        answer(response, 200, `{"peers":${peers.size},"received":${received}}`);
    } else {
        answer(response, 404, '{"title":"Not Found"}');
    }
});
server.keepAliveTimeout = 0; // none: a back end keeps its connections
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(httpPort, '127.0.0.1', BACKLOG);
process.on('SIGTERM', () => process.exit(0));
