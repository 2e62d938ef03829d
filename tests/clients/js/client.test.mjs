/* AWS SDK for JavaScript v3 against Stator: the low-level client, the document client, paginators,
 * waiters, gzip both ways, and many requests at once over kept-alive connections.
 *
 * js_test.py starts the server, names it in STATOR_TEST_ENDPOINT and runs this by `node --test`.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Readable } from 'node:stream'

import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DuplicateItemException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
  TransactionCanceledException,
  UpdateTableCommand,
  paginateListTables,
  paginateQuery,
  waitUntilTableExists,
  waitUntilTableNotExists
} from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery as paginateDocuments,
  paginateScan
} from '@aws-sdk/lib-dynamodb'

const SOCKET_COUNT = 16
const agent = new Agent({ keepAlive: true, maxSockets: SOCKET_COUNT })
const config = {
  endpoint: process.env.STATOR_TEST_ENDPOINT,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1
}
const client = new DynamoDBClient({ ...config, requestHandler: { httpAgent: agent } })
const documents = DynamoDBDocumentClient.from(client)
/* Answers numbers digit by digit. A client of its own: a document client marks the one it wraps. */
const exact = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
  unmarshallOptions: { wrapNumbers: text => NumberValue.from(text) }
})
const TableName = `js.${process.pid}-${Date.now()}`
const WAIT = { client, minDelay: 1, maxWaitTime: 30 }

const key = sk => ({ pk: 'item', sk })
const get = async Key =>
  (await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item

before(async () => {
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' }
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' }
      ],
      BillingMode: 'PAY_PER_REQUEST'
    })
  )
  await waitUntilTableExists(WAIT, { TableName })
})

after(async () => {
  await client.send(new DeleteTableCommand({ TableName }))
  await waitUntilTableNotExists(WAIT, { TableName })
  client.destroy()
  exact.destroy()
})

describe('tables', () => {
  it('describes the table that was made', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    assert.equal(Table.TableStatus, 'ACTIVE')
    assert.equal(Table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST')
    assert.ok(Table.CreationDateTime instanceof Date)
    assert.ok(Math.abs(Date.now() - Table.CreationDateTime.getTime()) < 600_000)
  })

  it('lists its name on one of the pages', async () => {
    const names = []
    for await (const page of paginateListTables({ client, pageSize: 1 }, {})) {
      assert.ok(page.TableNames.length <= 1)
      names.push(...page.TableNames)
    }
    assert.ok(names.includes(TableName))
  })

  it('protects a table from being deleted until told otherwise', async () => {
    const protect = DeletionProtectionEnabled =>
      client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }))
    await protect(true)
    await waitUntilTableExists(WAIT, { TableName })
    await assert.rejects(client.send(new DeleteTableCommand({ TableName })), {
      name: 'ValidationException'
    })
    await protect(false)
    await waitUntilTableExists(WAIT, { TableName })
  })

  it('raises the exception class of a missing table', async () => {
    await assert.rejects(
      client.send(new DescribeTableCommand({ TableName: 'nowhere' })),
      error =>
        error instanceof ResourceNotFoundException &&
        error.message === 'Requested resource not found: Table: nowhere not found' &&
        error.$metadata.httpStatusCode === 400 &&
        /^[0-9A-Z]{52}$/.test(error.$metadata.requestId)
    )
  })
})

describe('the document client', () => {
  it('keeps documents, sets and binaries', async () => {
    const item = {
      ...key(1),
      text: 'é\u{1f600}\u0000',
      truth: [true, false, null],
      map: { nested: [{ deep: 'x' }], empty: {} },
      words: new Set(['a', 'b']),
      bytes: new Uint8Array([0, 127, 255])
    }
    await documents.send(new PutCommand({ TableName, Item: item }))
    assert.deepEqual(await get(key(1)), item)
  })

  it('keeps numbers of 38 digits', async () => {
    const digits = '12345678901234567890123456789012345678'
    const Item = { ...key(5), big: NumberValue.from(digits), small: NumberValue.from('-0.10') }
    await exact.send(new PutCommand({ TableName, Item }))
    const kept = await exact.send(new GetCommand({ TableName, Key: key(5) }))
    assert.equal(kept.Item.big.toString(), digits)
    assert.equal(kept.Item.small.toString(), '-0.1')
  })

  it('updates and answers the new values', async () => {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName,
        Key: key(2),
        UpdateExpression: 'SET #l = list_append(if_not_exists(#l, :none), :more) ADD hits :one',
        ExpressionAttributeNames: { '#l': 'list' },
        ExpressionAttributeValues: { ':none': [], ':more': ['x'], ':one': 1 },
        ReturnValues: 'ALL_NEW'
      })
    )
    assert.deepEqual(Attributes, { ...key(2), list: ['x'], hits: 1 })
  })

  it('deletes under a condition', async () => {
    await documents.send(new PutCommand({ TableName, Item: { ...key(3), state: 'done' } }))
    const removal = state => ({
      TableName,
      Key: key(3),
      ConditionExpression: '#state = :state',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': state },
      ReturnValues: 'ALL_OLD'
    })
    await assert.rejects(documents.send(new DeleteCommand(removal('open'))), {
      name: 'ConditionalCheckFailedException'
    })
    const { Attributes } = await documents.send(new DeleteCommand(removal('done')))
    assert.equal(Attributes.state, 'done')
    assert.equal(await get(key(3)), undefined)
  })

  it('raises a failed condition with the item that stood in the way', async () => {
    await documents.send(new PutCommand({ TableName, Item: { ...key(4), owner: 'first' } }))
    const second = {
      TableName,
      Item: { pk: { S: 'item' }, sk: { N: '4' }, owner: { S: 'second' } },
      ConditionExpression: 'attribute_not_exists(pk)'
    }
    await assert.rejects(
      client.send(
        new PutItemCommand({ ...second, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
      ),
      error => {
        assert.ok(error instanceof ConditionalCheckFailedException)
        assert.equal(error.message, 'The conditional request failed')
        assert.deepEqual(error.Item, { ...second.Item, owner: { S: 'first' } })
        return true
      }
    )
    await assert.rejects(client.send(new PutItemCommand(second)), error => {
      assert.equal(error.Item, undefined)
      return error instanceof ConditionalCheckFailedException
    })
    assert.equal((await get(key(4))).owner, 'first')
  })
})

describe('several items', () => {
  const at = sk => ({ TableName, Key: { pk: 'several', sk } })

  it('writes a transaction and reads it in one', async () => {
    const { TransactItems } = {
      TransactItems: [
        { Put: { TableName, Item: { ...at(1).Key, n: 1 } } },
        {
          Update: {
            ...at(2),
            UpdateExpression: 'ADD n :n',
            ExpressionAttributeValues: { ':n': 2 }
          }
        },
        { ConditionCheck: { ...at(3), ConditionExpression: 'attribute_not_exists(pk)' } }
      ]
    }
    const token = `js-${process.pid}-${Date.now()}`
    for (const ReturnConsumedCapacity of ['TOTAL', 'NONE']) {
      await documents.send(
        new TransactWriteCommand({
          TransactItems,
          ClientRequestToken: token,
          ReturnConsumedCapacity
        })
      ) /* the second one is a repetition: n is not added twice */
    }
    const { Responses } = await documents.send(
      new TransactGetCommand({ TransactItems: [1, 2, 3].map(sk => ({ Get: at(sk) })) })
    )
    assert.deepEqual(Responses, [
      { Item: { ...at(1).Key, n: 1 } },
      { Item: { ...at(2).Key, n: 2 } },
      {}
    ])
  })

  it('raises a canceled transaction with a reason for each action', async () => {
    await documents.send(new PutCommand({ TableName, Item: { ...at(4).Key, n: 1 } }))
    const canceled = documents.send(
      new TransactWriteCommand({
        TransactItems: [
          { Delete: at(1) },
          {
            Put: {
              TableName,
              Item: at(4).Key,
              ConditionExpression: 'attribute_not_exists(pk)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
            }
          }
        ]
      })
    )
    await assert.rejects(canceled, error => {
      assert.ok(error instanceof TransactionCanceledException)
      assert.equal(
        error.message,
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
          '[None, ConditionalCheckFailed]'
      )
      assert.equal(error.CancellationReasons[0].Code, 'None')
      assert.equal(error.CancellationReasons[1].Message, 'The conditional request failed')
      assert.ok(error.CancellationReasons[1].Item)
      return true
    })
  })

  /* Write items of 380,000 bytes under `keys` in batches, and read them in batches until nothing is
   * unprocessed: how many each reply had. */
  async function writeAndReadBig(keys) {
    const fill = { S: 'x'.repeat(380_000) }
    for (let n = 0; n < keys.length; n += 20) {
      const puts = keys.slice(n, n + 20).map(key => ({ PutRequest: { Item: { ...key, fill } } }))
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } })
      )
      assert.deepEqual(UnprocessedItems, {})
    }
    const found = []
    const counts = []
    let RequestItems = { [TableName]: { Keys: keys, ProjectionExpression: 'pk, sk' } }
    while (RequestItems[TableName]) {
      const reply = await client.send(new BatchGetItemCommand({ RequestItems }))
      found.push(...reply.Responses[TableName])
      counts.push(reply.Responses[TableName].length)
      RequestItems = reply.UnprocessedKeys
    }
    const text = ({ pk, sk }) => `${pk.S} ${sk.N}`
    assert.deepEqual(found.map(text).sort(), keys.map(text).sort())
    return counts
  }

  it('reads a batch until nothing is unprocessed', async () => {
    const keys = Array.from({ length: 60 }, (_, n) => ({ pk: { S: `batch ${n}` }, sk: { N: '1' } }))
    assert.deepEqual(await writeAndReadBig(keys), [44, 16])
  })

  it('reads one partition a megabyte at a time', async () => {
    const keys = Array.from({ length: 7 }, (_, n) => ({ pk: { S: 'batch' }, sk: { N: `${n}` } }))
    assert.deepEqual(await writeAndReadBig(keys), [3, 3, 1])
  })
})

describe('pages', () => {
  const COUNT = 50

  before(async () => {
    await Promise.all(
      Array.from({ length: COUNT }, (_, sk) =>
        documents.send(
          new PutCommand({ TableName, Item: { pk: 'page', sk: sk - 25, fill: 'x'.repeat(30_000) } })
        )
      )
    )
  })

  /* A new object each time: the paginators write their start key into it. */
  const partition = (more = {}) => ({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': 'page' },
    ...more
  })

  it('of a query follow each other in numeric order', async () => {
    const sizes = []
    const found = []
    for await (const page of paginateDocuments({ client: documents, pageSize: 20 }, partition())) {
      sizes.push(page.Count)
      found.push(...page.Items.map(item => item.sk))
    }
    assert.deepEqual(sizes, [20, 20, 10])
    assert.deepEqual(
      found,
      Array.from({ length: COUNT }, (_, sk) => sk - 25)
    )
  })

  it('of a query end at one megabyte', async () => {
    const sizes = []
    const low = partition({ ExpressionAttributeValues: { ':pk': { S: 'page' } } })
    for await (const page of paginateQuery({ client }, low)) sizes.push(page.Count)
    assert.equal(
      sizes.reduce((sum, count) => sum + count),
      COUNT
    )
    assert.ok(sizes[0] >= 34 && sizes[0] <= 35, `${sizes}`)
  })

  it('of a parallel scan share the items', async () => {
    const found = []
    const scanSegment = async Segment => {
      const segment = { TableName, Segment, TotalSegments: 3, ProjectionExpression: 'pk, sk' }
      for await (const page of paginateScan({ client: documents, pageSize: 7 }, segment)) {
        found.push(...page.Items.filter(item => item.pk === 'page').map(item => item.sk))
      }
    }
    await Promise.all([0, 1, 2].map(scanSegment))
    assert.equal(found.length, COUNT)
    assert.equal(new Set(found).size, COUNT)
  })

  it('start after the key they are given', async () => {
    const rest = await documents.send(
      new QueryCommand(partition({ ExclusiveStartKey: { pk: 'page', sk: 14 }, Select: 'COUNT' }))
    )
    assert.deepEqual([rest.Count, rest.ScannedCount, rest.Items], [10, 10, undefined])
  })

  it('take no key attribute in a filter', async () => {
    const ExpressionAttributeValues = { ':pk': 'page', ':one': 1 }
    const filtered = partition({ FilterExpression: 'sk <> :one', ExpressionAttributeValues })
    await assert.rejects(documents.send(new QueryCommand(filtered)), {
      name: 'ValidationException',
      message:
        'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'
    })
  })

  it('answer the capacity they cost', async () => {
    const { ConsumedCapacity, Count } = await documents.send(
      new ScanCommand({ TableName, Limit: 1, ReturnConsumedCapacity: 'TOTAL' })
    )
    assert.equal(Count, 1)
    assert.equal(ConsumedCapacity.TableName, TableName)
    assert.ok(ConsumedCapacity.CapacityUnits >= 0.5)
  })
})

describe('secondary indexes', () => {
  const name = `${TableName}.indexed`
  const keys = (partition, sort) => [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' }
  ]

  before(async () => {
    await client.send(new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'kind', AttributeType: 'S' },
        { AttributeName: 'n', AttributeType: 'N' }
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{
        IndexName: 'by-kind',
        KeySchema: keys('kind', 'n'),
        Projection: { ProjectionType: 'ALL' }
      }]
    }))
    await waitUntilTableExists(WAIT, { TableName: name })
    for (let n = 0; n < 25; n++) {
      const Item = { pk: `item${n}`, kind: n < 20 ? 'often' : 'rare', n: n % 10 }
      await documents.send(new PutCommand({ TableName: name, Item }))
    }
  })

  after(() => client.send(new DeleteTableCommand({ TableName: name })))

  it('are paged backwards, items with equal keys once each', async () => {
    const query = {
      TableName: name,
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :often AND n BETWEEN :low AND :high',
      ExpressionAttributeValues: { ':often': 'often', ':low': 2, ':high': 8 },
      ScanIndexForward: false
    }
    const pages = []
    for await (const page of paginateDocuments({ client: documents, pageSize: 3 }, query)) {
      pages.push(page.Items)
    }
    const items = pages.flat()
    assert.deepEqual(items.map(item => item.n), [8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2])
    assert.equal(new Set(items.map(item => item.pk)).size, 14)
    assert.equal(pages.length, 5)
  })

  it('show what a transaction and a batch changed', async () => {
    const item = n => ({ pk: `new${n}`, kind: 'new', n })
    const count = async () => {
      let found = 0
      const query = {
        TableName: name,
        IndexName: 'by-kind',
        KeyConditionExpression: 'kind = :new',
        ExpressionAttributeValues: { ':new': 'new' }
      }
      for await (const page of paginateDocuments({ client: documents, pageSize: 2 }, query)) {
        found += page.Count
      }
      return found
    }
    await documents.send(new TransactWriteCommand({
      TransactItems: [1, 2, 3, 4, 5].map(n => ({ Put: { TableName: name, Item: item(n) } }))
    }))
    assert.equal(await count(), 5)
    await documents.send(new BatchWriteCommand({
      RequestItems: {
        [name]: [
          { DeleteRequest: { Key: { pk: 'new1' } } },
          { PutRequest: { Item: { ...item(2), kind: 'old' } } },
          { PutRequest: { Item: item(6) } }
        ]
      }
    }))
    assert.equal(await count(), 4)
  })

  it('tell the keys of table and index in LastEvaluatedKey', async () => {
    const page = await documents.send(new QueryCommand({
      TableName: name,
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :rare',
      ExpressionAttributeValues: { ':rare': 'rare' },
      Limit: 1
    }))
    assert.deepEqual(page.LastEvaluatedKey, { pk: 'item20', kind: 'rare', n: 0 })
  })
})

describe('the wire', () => {
  const packBody = next => async args => {
    const body = gzipSync(args.request.body)
    args.request.body = body
    args.request.headers['content-encoding'] = 'gzip'
    args.request.headers['content-length'] = String(body.length)
    return next(args)
  }

  /* A client that sends gzip, asks for gzip, and counts the packed replies in `seen`. */
  function packingClient(seen) {
    const packing = new DynamoDBClient(config)
    packing.middlewareStack.add(packBody, { step: 'build', name: 'packBody' })
    packing.middlewareStack.add(
      next => async args => {
        args.request.headers['accept-encoding'] = 'gzip'
        const result = await next(args)
        if (result.response.headers['content-encoding'] === 'gzip') {
          const chunks = []
          for await (const chunk of result.response.body) chunks.push(chunk)
          result.response.body = Readable.from([gunzipSync(Buffer.concat(chunks))])
          seen.packed += 1
        }
        return result
      },
      { step: 'deserialize', name: 'unpackBody', priority: 'low' }
    )
    return packing
  }

  it('carries gzip in both directions', async () => {
    const seen = { packed: 0 }
    const packing = packingClient(seen)
    const Item = { pk: { S: 'gzip' }, sk: { N: '1' }, fill: { S: 'y'.repeat(100_000) } }
    await packing.send(new PutItemCommand({ TableName, Item }))
    const Key = { pk: Item.pk, sk: Item.sk }
    const found = await packing.send(new GetItemCommand({ TableName, Key }))
    assert.deepEqual(found.Item, Item)
    assert.equal(seen.packed, 1)
    packing.destroy()
  })

  it(`carries 2,000 requests over ${SOCKET_COUNT} kept-alive connections`, async () => {
    const count = 1000
    const numbers = Array.from({ length: count }, (_, sk) => sk)
    let dialled = 0
    const dial = agent.createConnection
    agent.createConnection = function (...args) {
      dialled += 1
      return dial.apply(this, args)
    }
    await Promise.all(
      numbers.map(sk =>
        documents.send(new PutCommand({ TableName, Item: { pk: 'many', sk, square: sk * sk } }))
      )
    )
    const found = await Promise.all(numbers.map(sk => get({ pk: 'many', sk })))
    assert.deepEqual(
      found.map(item => item.square),
      numbers.map(sk => sk * sk)
    )
    assert.ok(dialled <= SOCKET_COUNT, `${dialled} connections were opened`)
  })

  it('counts every one of 200 racing increments', async () => {
    await Promise.all(
      Array.from({ length: 200 }, () =>
        documents.send(
          new UpdateCommand({
            TableName,
            Key: key(9),
            UpdateExpression: 'ADD hits :one',
            ExpressionAttributeValues: { ':one': 1 }
          })
        )
      )
    )
    assert.equal((await get(key(9))).hits, 200)
  })
})

describe('statements', () => {
  const execute = (Statement, Parameters, more = {}) =>
    documents.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }))
  const insert = `INSERT INTO "${TableName}" VALUE {'pk': ?, 'sk': ?, 'songs': ?}`

  it('inserts once, and selects through a document path', async () => {
    const songs = { first: ['Aria', { seconds: 95.5 }], all: new Set(['a', 'b']) }
    await execute(insert, ['ql', 1, songs])
    await assert.rejects(execute(insert, ['ql', 1, songs]), DuplicateItemException)
    const columns = 'sk, songs."first"[1].seconds, songs."all"'
    const select = `SELECT ${columns} FROM "${TableName}" WHERE pk = ? AND sk = ?`
    const { Items } = await execute(select, ['ql', 1])
    assert.deepEqual(Items, [{ sk: 1, seconds: 95.5, all: new Set(['a', 'b']) }])
  })

  it('goes through a partition page by page', async () => {
    for (let sk = 1; sk <= 9; sk++) await execute(insert, ['ql-pages', sk, null])
    const select = `SELECT sk FROM "${TableName}" WHERE pk = ? ORDER BY sk DESC`
    const found = []
    let NextToken
    do {
      const page = await execute(select, ['ql-pages'], { Limit: 4, NextToken })
      found.push(...page.Items.map(item => item.sk))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    assert.deepEqual(found, [9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  it('tells of each statement of a batch, and of a transaction', async () => {
    const select = `SELECT sk FROM "${TableName}" WHERE pk = 'ql-none' AND sk = 1`
    const { Responses } = await client.send(
      new BatchExecuteStatementCommand({
        Statements: [{ Statement: select }, { Statement: 'SELECT nothing' }]
      })
    )
    assert.deepEqual(Responses[0], { TableName })
    assert.equal(Responses[1].Error.Code, 'ValidationError')
    const drop = `DELETE FROM "${TableName}" WHERE pk = ? AND sk = ?`
    const update = `UPDATE "${TableName}" SET x = 1 WHERE pk = ? AND sk = ?`
    const transaction = new ExecuteTransactionCommand({
      TransactStatements: [
        { Statement: insert, Parameters: ['ql-tx', 1, 'x'] },
        { Statement: drop, Parameters: ['ql-tx', 2] },
        { Statement: update, Parameters: ['ql-tx', 3] }
      ]
    })
    await assert.rejects(documents.send(transaction), error => {
      assert.ok(error instanceof TransactionCanceledException)
      assert.deepEqual(
        error.CancellationReasons.map(reason => reason.Code),
        ['None', 'None', 'ConditionalCheckFailed']
      )
      return true
    })
    assert.equal(await get({ pk: 'ql-tx', sk: 1 }), undefined)
  })
})
