/**
 * A client over plain sockets that stay open. It sends bytes that were made beforehand and reads no more of an answer
 * than it needs, because on a small machine every cycle the load generator takes is missing in what it measures.
 */
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  status: number;
  body: string;
}

export interface HttpClient {
  /** One request on an idle connection, or on a new one when all are busy. */
  send(request: Buffer): Promise<HttpAnswer>;
  close(): void;
}

export interface RequestParts {
  method: 'GET' | 'POST';
  path: string;
  port: number;
  headers?: Record<string, string>;
  body?: string;
}

export function requestOf({ method, path, port, headers, body = '' }: RequestParts): Buffer {
  const length = body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: `localhost:${port}`, ...length, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** Connections are opened when they are first needed; there are never more than requests under way. */
export function createHttpClient(port: number): HttpClient {
  const idle: Connection[] = [];
  return {
    async send(request) {
      const connection = takeAlive(idle) ?? (await openConnection(port));
      const answer = await connection.exchange(request);
      idle.push(connection);
      return answer;
    },
    close() {
      for (const connection of idle) connection.close();
    },
  };
}

/** A server closes what has been idle for a while. */
function takeAlive(idle: Connection[]): Connection | undefined {
  for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) if (connection.alive()) return connection;
  return undefined;
}

interface Connection {
  alive(): boolean;
  exchange(request: Buffer): Promise<HttpAnswer>;
  close(): void;
}

async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return exchangesOn(socket);
}

function exchangesOn(socket: Socket): Connection {
  let received: Buffer = Buffer.alloc(0);
  let settle: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void } | null = null;

  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    // What comes unasked is the server closing an idle connection.
    const answer = settle === null ? null : answerIn(received);
    if (answer === null) return;
    received = Buffer.alloc(0);
    settle?.resolve(answer);
    settle = null;
  });
  const broken = (error?: Error) => settle?.reject(error ?? new Error('the server closed the connection'));
  socket.on('error', broken);
  socket.on('close', () => broken());

  return {
    exchange(request) {
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(request);
      });
    },
    alive: () => socket.readyState === 'open',
    close: () => socket.destroy(),
  };
}

/** Null until the answer is complete. Everything that is measured here answers with a content-length. */
function answerIn(received: Buffer): HttpAnswer | null {
  const head_end = received.indexOf('\r\n\r\n');
  if (head_end === -1) return null;
  const head = received.toString('latin1', 0, head_end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  const body_start = head_end + 4;
  if (received.length < body_start + Number(length)) return null;
  return { status: Number(head.slice(9, 12)), body: received.toString('utf8', body_start, body_start + Number(length)) };
}
