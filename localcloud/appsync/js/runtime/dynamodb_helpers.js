// '@aws-appsync/utils/dynamodb': functions that write the data source's request documents.

/** Keeps a request document free of what was not given. */
const compact = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
const given = (value, make) => (value === undefined || value === null ? undefined : make(value));

function projection(fields) {
  const builder = new rt.ExpressionBuilder();
  const expression = fields.map((field) => builder.path(field.split('.'))).join(', ');
  return { expression, expressionNames: builder.names };
}

function keyCondition(query) {
  const builder = new rt.ExpressionBuilder();
  const parts = Object.entries(query).flatMap(([name, operand]) =>
    Object.entries(operand).map(([operator, value]) => builder.condition([name], operator, value)),
  );
  return builder.document(parts.join(' AND '));
}

// The visible fields are those that AWS's own have.
const kind = Symbol('operation');
const operation = (type, word, fields) => Object.freeze({ [kind]: type, type: `OPERATION_${word}`, ...fields });
const operations = {
  add: (value) => operation('add', 'ADD', { value }),
  remove: () => operation('remove', 'REMOVE', {}),
  replace: (value) => operation('replace', 'REPLACE', { value }),
  increment: (by = 1) => operation('increment', 'INCREMENT', { by }),
  decrement: (by = 1) => operation('decrement', 'DECREMENT', { by }),
  append: (items) => operation('append', 'APPEND', { items }),
  prepend: (items) => operation('prepend', 'PREPEND', { items }),
  updateListItem: (value, index) => operation('updateListItem', 'UPDATE_LIST_ITEM', { value, index }),
};

/** An update object as AppSync's own expression: names and values are numbered in order. */
function updateExpression(object) {
  const names = {};
  const values = {};
  const sets = [];
  const removes = [];
  const path = (parts) =>
    parts
      .map((part) => {
        const known = Object.keys(names).find((placeholder) => names[placeholder] === part);
        const placeholder = known ?? `#expName_${Object.keys(names).length + 1}`;
        names[placeholder] = part;
        return placeholder;
      })
      .join('.');
  const put = (value) => {
    const placeholder = `:expValue_${Object.keys(values).length + 1}`;
    values[placeholder] = rt.toDynamoDB(value);
    return placeholder;
  };
  const one = (parts, value) => {
    if (value === undefined) return;
    const where = path(parts);
    switch (rt.isObject(value) ? value[kind] : undefined) {
      case 'remove':
        removes.push(where);
        return;
      case 'increment':
        sets.push(`${where} = ${where} + ${put(value.by)}`);
        return;
      case 'decrement':
        sets.push(`${where} = ${where} - ${put(value.by)}`);
        return;
      case 'append':
        sets.push(`${where} = list_append(${where}, ${put(value.items)})`);
        return;
      case 'prepend':
        sets.push(`${where} = list_append(${put(value.items)}, ${where})`);
        return;
      case 'updateListItem':
        sets.push(`${where}[${value.index}] = ${put(value.value)}`);
        return;
      case 'add':
      case 'replace':
        sets.push(`${where} = ${put(value.value)}`);
        return;
      default:
    }
    const listed = Array.isArray(value) && value.length > 0 && value.every((item) => item?.[kind]);
    if (listed) for (const item of value) one(parts, item);
    else if (rt.isObject(value) && Object.keys(value).length && !Object.hasOwn(rt.toDynamoDB(value), 'M')) {
      sets.push(`${where} = ${put(value)}`);
    } else if (rt.isObject(value) && Object.keys(value).length) {
      // A plain map changes the fields it names and keeps the others; replace() swaps the whole.
      for (const [name, inner] of Object.entries(value)) one([...parts, name], inner);
    } else sets.push(`${where} = ${put(value)}`);
  };
  for (const [name, value] of Object.entries(object)) one([name], value);
  const expression = [];
  if (sets.length) expression.push(`SET ${sets.join(', ')}`);
  if (removes.length) expression.push(`REMOVE ${removes.join(', ')}`);
  const document = { expression: expression.join(' '), expressionNames: names };
  if (Object.keys(values).length) document.expressionValues = values;
  return document;
}

const writeOptions = ({ condition, customPartitionKey, populateIndexFields, _version }) => ({
  condition: given(condition, rt.filterExpression),
  customPartitionKey,
  populateIndexFields,
  _version,
});

const page = (input) => ({
  index: input.index ?? undefined,
  limit: input.limit ?? undefined,
  nextToken: input.nextToken ?? undefined,
  consistentRead: input.consistentRead ?? undefined,
  scanIndexForward: input.scanIndexForward ?? undefined,
  select: input.select ?? undefined,
  totalSegments: input.totalSegments,
  segment: input.segment,
  filter: given(input.filter, rt.filterExpression),
  projection: given(input.projection, projection),
});

const eachTable = (tables, make) =>
  Object.fromEntries(Object.entries(tables).map(([name, value]) => [name, make(value)]));

function transactItem(item) {
  const [[type, { table, key, item: attributes, update, condition }]] = Object.entries(item);
  const operationName = { putItem: 'PutItem', updateItem: 'UpdateItem', deleteItem: 'DeleteItem',
    conditionCheck: 'ConditionCheck' }[type];
  if (operationName === undefined) throw rt.fault(`transactWrite: no such item: ${type}`);
  return compact({
    table,
    operation: operationName,
    key: rt.toMapValues(key),
    attributeValues: given(attributes, rt.toMapValues),
    update: given(update, updateExpression),
    condition: given(condition, rt.filterExpression),
  });
}

rt.dynamodbHelpers = {
  get: (input) => compact({
    operation: 'GetItem', key: rt.toMapValues(input.key), consistentRead: input.consistentRead,
    projection: given(input.projection, projection),
  }),
  put: (input) => compact({
    operation: 'PutItem', key: rt.toMapValues(input.key), attributeValues: rt.toMapValues(input.item),
    ...writeOptions(input),
  }),
  update: (input) => compact({
    operation: 'UpdateItem', key: rt.toMapValues(input.key), update: updateExpression(input.update),
    ...writeOptions(input),
  }),
  remove: (input) => compact({ operation: 'DeleteItem', key: rt.toMapValues(input.key), ...writeOptions(input) }),
  query: (input) => compact({ operation: 'Query', query: keyCondition(input.query), ...page(input) }),
  scan: (input) => compact({ operation: 'Scan', ...page(input) }),
  sync: (input) => compact({ operation: 'Sync', ...input, filter: given(input.filter, rt.filterExpression) }),
  batchGet: ({ tables }) => ({
    operation: 'BatchGetItem',
    tables: eachTable(tables, ({ keys, consistentRead, projection: fields }) => compact({
      keys: keys.map(rt.toMapValues), consistentRead, projection: given(fields, projection),
    })),
  }),
  batchPut: ({ tables }) => ({
    operation: 'BatchPutItem', tables: eachTable(tables, (items) => items.map(rt.toMapValues)),
  }),
  batchDelete: ({ tables }) => ({
    operation: 'BatchDeleteItem', tables: eachTable(tables, (keys) => keys.map(rt.toMapValues)),
  }),
  transactGet: ({ items }) => ({
    operation: 'TransactGetItems',
    transactItems: items.map(({ table, key, projection: fields }) => compact({
      table, key: rt.toMapValues(key), projection: given(fields, projection),
    })),
  }),
  transactWrite: ({ items }) => ({ operation: 'TransactWriteItems', transactItems: items.map(transactItem) }),
  operations,
  toStringSet: (list) => rt.dynamodb.toStringSet(list),
  toNumberSet: (list) => rt.dynamodb.toNumberSet(list),
  toBinarySet: (list) => rt.dynamodb.toBinarySet(list),
};
