// What a team would write with BullMQ: POST /messages puts a delayed job into Redis, a worker posts it when it is due.
// One process, as one recado is. Settings by environment: PORT, REDIS_SOCKET, API_TOKEN, CONCURRENCY.
'use strict';

const http = require('node:http');
const { Queue, Worker } = require('bullmq');
const IORedis = require('ioredis');
const { Agent, request } = require('undici');

const port = Number(process.env.PORT);
const authorization = `Bearer ${process.env.API_TOKEN}`;
const concurrency = Number(process.env.CONCURRENCY || 256);
const mostBytes = 16 * 1024 * 1024;

// Commands of one turn of the loop leave in one write.
const connect = () =>
  new IORedis({ path: process.env.REDIS_SOCKET, maxRetriesPerRequest: null, enableAutoPipelining: true });

const redis = connect();
const queue = new Queue('messages', {
  connection: redis,
  defaultJobOptions: {
    attempts: 15,
    backoff: { type: 'exponential', delay: 5000 },
    removeOnComplete: true,
    removeOnFail: { age: 30 * 86400 },
  },
});

// As many connections as attempts under way, kept open between them.
const agent = new Agent({ connections: concurrency, pipelining: 1, keepAliveTimeout: 60000 });

async function deliver(job) {
  const { statusCode, body } = await request(job.data.webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'webhook-id': `msg_${job.id}` },
    body: job.data.payload,
    dispatcher: agent,
    headersTimeout: 30000,
  });
  await body.dump();
  if (statusCode < 200 || statusCode > 299) throw new Error(`the destination answered ${statusCode}`);
}

const worker = new Worker('messages', deliver, { connection: connect(), concurrency });
worker.on('error', (error) => console.error(error.message));
queue.on('error', (error) => console.error(error.message));

function refuse(status, detail) {
  return Object.assign(new Error(detail), { status });
}

// One message as BullMQ takes it. Throws what is wrong with it.
function jobOf(message) {
  const due = Date.parse(message.scheduleTo);
  if (Number.isNaN(due)) throw refuse(422, 'scheduleTo is no time');
  if (typeof message.webhookUrl !== 'string' || !/^https?:\/\//.test(message.webhookUrl)) {
    throw refuse(422, 'webhookUrl is no URL');
  }
  const opts = { delay: Math.max(0, due - Date.now()) };
  if (message.id !== undefined) opts.jobId = String(message.id);
  return {
    name: 'webhook',
    data: { webhookUrl: message.webhookUrl, payload: JSON.stringify(message.payload) },
    opts,
  };
}

async function createOne(body) {
  const { name, data, opts } = jobOf(body);
  const job = await queue.add(name, data, opts);
  return [201, { status: 'scheduled', messageId: job.id, scheduledFor: body.scheduleTo }];
}

async function createMany(body) {
  const jobs = await queue.addBulk(body.map(jobOf));
  return [207, { results: jobs.map((job) => ({ messageId: job.id, status: 201 })) }];
}

async function health() {
  await redis.ping();
  return [200, { status: 'healthy' }];
}

const routes = { '/messages': createOne, '/messages/batch': createMany };

async function answer(req, text) {
  if (req.method === 'GET' && req.url === '/health') return health();
  if (req.headers.authorization !== authorization) throw refuse(401, 'token');
  const create = req.method === 'POST' ? routes[req.url] : undefined;
  if (!create) throw refuse(404, 'no such route');
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw refuse(400, 'the body is no JSON');
  }
  return create(body);
}

function reply(res, status, document) {
  const text = JSON.stringify(document);
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
}

const server = http.createServer((req, res) => {
  const chunks = [];
  let size = 0;
  req.on('data', (chunk) => {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
  });
  req.on('end', () => {
    const text = chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString();
    answer(req, text).then(
      ([status, document]) => reply(res, status, document),
      (error) => reply(res, error.status || 503, { detail: error.message }),
    );
  });
});
server.keepAliveTimeout = 75000;

worker.waitUntilReady().then(() => server.listen(port, '127.0.0.1', 4096));
