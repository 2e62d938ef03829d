/* A consumer of DynamoDB Streams with the AWS SDK for JavaScript v3: it follows a table under load,
 * and the server is killed under it and started again on the same directory.
 *
 * js_test.py names the program in STATOR and runs this by `node --test`. The consumer reads a shard
 * once its parent is read to its end, from TRIM_HORIZON until there is no NextShardIterator. A
 * writer whose server died reads its item to learn what became of the request. Every record must
 * then go on where the one before it left its item, and the last ones leave what the table holds.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  DeleteItemCommand,
  UpdateTableCommand,
  paginateScan
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  ResourceNotFoundException
} from '@aws-sdk/client-dynamodb-streams'

const ROUNDS = 4
const WRITERS = 6
const ITEMS = 5 /* of each writer */
const TableName = 'Followed'

/* The server that is there now; its data outlives it. */
const server = { folder: undefined, process: undefined, endpoint: undefined }

async function start(shards) {
  const data = join(server.folder, 'data')
  server.process = spawn(
    process.env.STATOR,
    ['serve', '--port', '0', '--data', data, '--stream-shards', String(shards)],
    { stdio: ['ignore', 'pipe', 'ignore'] }
  )
  const [line] = await once(createInterface({ input: server.process.stdout }), 'line')
  server.endpoint = line.match(/http:\/\/127\.0\.0\.1:\d+/)[0]
}

async function stop(signal) {
  const ended = once(server.process, 'exit')
  server.process.kill(signal)
  return (await ended)[0]
}

/* Clients of the server that is there now. */
function connect() {
  const config = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1
  }
  const tables = new DynamoDBClient(config)
  const streams = new DynamoDBStreamsClient(config)
  return {
    endpoint: server.endpoint,
    tables,
    streams,
    close() {
      tables.destroy()
      streams.destroy()
    }
  }
}

/* Did the server not answer, rather than refuse? */
const isBroken = error =>
  error.$response === undefined && error.$metadata?.httpStatusCode === undefined

/* ---- the consumer */

class Consumer {
  records = []
  parents = new Map() /* ShardId -> ParentShardId, or undefined */
  iterators = new Map()
  ended = new Set()
  over = false

  constructor(arn) {
    this.arn = arn
    this.clients = connect()
  }

  /* The reply, or undefined while there is no server. */
  async ask(command) {
    if (this.clients.endpoint !== server.endpoint) {
      this.clients.close()
      this.clients = connect()
    }
    try {
      return await this.clients.streams.send(command)
    } catch (error) {
      if (!isBroken(error)) throw error
      await pause(10)
      return undefined
    }
  }

  async findShards() {
    let ExclusiveStartShardId
    do {
      const reply = await this.ask(
        new DescribeStreamCommand({ StreamArn: this.arn, Limit: 3, ExclusiveStartShardId })
      )
      if (reply === undefined) return
      const { Shards, LastEvaluatedShardId, StreamStatus } = reply.StreamDescription
      for (const { ShardId, ParentShardId } of Shards) this.parents.set(ShardId, ParentShardId)
      ExclusiveStartShardId = LastEvaluatedShardId
      this.over = StreamStatus === 'DISABLED'
    } while (ExclusiveStartShardId !== undefined)
  }

  async begin(ShardId) {
    const reply = await this.ask(
      new GetShardIteratorCommand({
        StreamArn: this.arn,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON'
      })
    )
    if (reply !== undefined) this.iterators.set(ShardId, reply.ShardIterator)
  }

  async read(shard) {
    const ShardIterator = this.iterators.get(shard)
    const reply = await this.ask(new GetRecordsCommand({ ShardIterator }))
    if (reply === undefined) return
    this.records.push(...reply.Records)
    if (reply.NextShardIterator === undefined) this.ended.add(shard)
    else this.iterators.set(shard, reply.NextShardIterator)
  }

  isReady(shard) {
    const parent = this.parents.get(shard)
    return !this.ended.has(shard) && (parent === undefined || this.ended.has(parent))
  }

  async run() {
    while (!this.over || this.ended.size < this.parents.size) {
      await this.findShards()
      for (const shard of [...this.parents.keys()].filter(one => this.isReady(one))) {
        if (this.iterators.has(shard)) await this.read(shard)
        else await this.begin(shard)
      }
      await pause(5)
    }
    this.clients.close()
  }
}

/* ---- a writer */

class Writer {
  there = new Map() /* name -> is there such an item? */
  tried = 0
  pending = undefined
  count = 0

  constructor(number) {
    this.number = number
  }

  key() {
    return { id: { S: `w${this.number}-${this.tried % ITEMS}` } }
  }

  command(Key) {
    const version = { N: String(this.tried) }
    const name = Key.id.S
    if (this.there.get(name) && this.tried % 3 === 0) {
      this.there.set(name, false)
      return new DeleteItemCommand({ TableName, Key })
    }
    this.there.set(name, true)
    if (this.tried % 2 === 0) return new PutItemCommand({ TableName, Item: { ...Key, version } })
    return new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET version = :v',
      ExpressionAttributeValues: { ':v': version }
    })
  }

  /* What became of the request that the server died over? */
  async settle({ tables }) {
    if (this.pending === undefined) return
    const { Item } = await tables.send(new GetItemCommand({ TableName, Key: this.pending }))
    this.there.set(this.pending.id.S, Item !== undefined)
    this.pending = undefined
  }

  /* Until the server dies, or `isOver` says so. */
  async run(isOver) {
    const clients = connect()
    try {
      await this.settle(clients)
      while (!isOver()) {
        this.tried += 1
        this.pending = this.key()
        await clients.tables.send(this.command(this.pending))
        this.pending = undefined
        this.count += 1
      }
    } catch (error) {
      if (!isBroken(error)) throw error
    } finally {
      clients.close()
    }
  }
}

const total = writers => writers.reduce((sum, writer) => sum + writer.count, 0)

async function readTable() {
  const { tables, close } = connect()
  const items = new Map()
  const scan = { TableName, ConsistentRead: true }
  for await (const { Items } of paginateScan({ client: tables }, scan))
    for (const item of Items) items.set(item.id.S, item)
  close()
  return items
}

/* Replay the records: each goes on where the one before it left its item. */
function replay(records) {
  const now = new Map()
  for (const { eventName, dynamodb } of records) {
    const name = dynamodb.Keys.id.S
    const { OldImage, NewImage } = dynamodb
    assert.deepEqual(OldImage, now.get(name), `${name}: a change is missing, or there twice`)
    assert.equal(eventName, NewImage === undefined ? 'REMOVE' : OldImage ? 'MODIFY' : 'INSERT')
    assert.ok(dynamodb.ApproximateCreationDateTime instanceof Date)
    if (NewImage === undefined) now.delete(name)
    else now.set(name, NewImage)
  }
  return now
}

describe('a stream', () => {
  let arn

  before(async () => {
    server.folder = await mkdtemp(join(tmpdir(), 'stator-clients-'))
    await start(1)
    const { tables, close } = connect()
    const { TableDescription } = await tables.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
      })
    )
    arn = TableDescription.LatestStreamArn
    close()
  })

  after(async () => {
    assert.equal(await stop('SIGTERM'), 0)
    await rm(server.folder, { recursive: true })
  })

  it('is listed, and one that is not there is told by its error', async () => {
    const { streams, close } = connect()
    const { Streams } = await streams.send(new ListStreamsCommand({ TableName }))
    assert.deepEqual(
      Streams.map(stream => stream.StreamArn),
      [arn]
    )
    const StreamArn = arn.replace(/\d{4}-/, '2020-')
    await assert.rejects(streams.send(new DescribeStreamCommand({ StreamArn })), error => {
      assert.equal(error.message, `Requested resource not found: Stream: ${StreamArn} not found`)
      return error instanceof ResourceNotFoundException
    })
    close()
  })

  it('tells every committed change once and in order, whenever the server is killed', async () => {
    const consumer = new Consumer(arn)
    const consuming = consumer.run()
    const writers = Array.from({ length: WRITERS }, (_, n) => new Writer(n))
    for (let round = 0; round < ROUNDS; round++) {
      const enough = total(writers) + 100 + 37 * round
      const writing = Promise.all(writers.map(writer => writer.run(() => false)))
      while (total(writers) < enough) await pause(2)
      await stop('SIGKILL')
      await writing
      await start(2 + round)
    }
    const end = Date.now() + 200
    await Promise.all(writers.map(writer => writer.run(() => Date.now() > end)))
    const { tables, close } = connect()
    const StreamSpecification = { StreamEnabled: false }
    await tables.send(new UpdateTableCommand({ TableName, StreamSpecification }))
    close()
    await consuming
    assert.ok(consumer.parents.size > 2, 'the shards never split')
    assert.deepEqual(replay(consumer.records), await readTable())
    const ids = new Set(consumer.records.map(record => record.eventID))
    assert.equal(ids.size, consumer.records.length)
  })
})
