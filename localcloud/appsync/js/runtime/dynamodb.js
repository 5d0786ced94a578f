// util.dynamodb: plain values to DynamoDB attribute values.
//
// AppSync leaves numbers as numbers ({"N": 12}), not as DynamoDB's strings; the data source turns
// them into strings on the way out.

// What toStringSet and its like made: already attribute values, not maps that have a key "SS".
const typed = new WeakSet();
const mark = (value) => {
  typed.add(value);
  return value;
};
const optional = (make) => (value) => (value === null || value === undefined ? null : make(value));

function toDynamoDB(value) {
  if (value === null || value === undefined) return { NULL: null };
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: value };
    case 'boolean':
      return { BOOL: value };
    default:
  }
  if (Array.isArray(value)) return { L: value.map(toDynamoDB) };
  if (typeof value === 'object') return typed.has(value) ? value : { M: toMapValues(value) };
  throw rt.fault(`util.dynamodb cannot convert a ${typeof value}`);
}

function toMapValues(value) {
  if (value === null || value === undefined) return null;
  if (!rt.isObject(value)) throw rt.fault('util.dynamodb.toMapValues takes an object');
  const out = {};
  for (const key of Object.keys(value)) {
    // As JSON does: a key whose value is undefined is no key.
    if (value[key] !== undefined) out[key] = toDynamoDB(value[key]);
  }
  return out;
}

const s3 = (object) => ({ S: rt.stringify({ s3: object }) });

rt.toMapValues = toMapValues;
rt.toDynamoDB = toDynamoDB;
rt.dynamodb = {
  toDynamoDB,
  toMapValues,
  toString: optional((value) => ({ S: String(value) })),
  toStringSet: optional((list) => mark({ SS: list })),
  toNumber: optional((value) => ({ N: value })),
  toNumberSet: optional((list) => mark({ NS: list })),
  toBinary: optional((value) => mark({ B: value })),
  toBinarySet: optional((list) => mark({ BS: list })),
  toBoolean: optional((value) => ({ BOOL: value })),
  toNull: () => ({ NULL: null }),
  toList: optional((list) => ({ L: list.map(toDynamoDB) })),
  toMap: optional((map) => ({ M: toMapValues(map) })),
  toS3Object: (key, bucket, region, version) =>
    s3(version === undefined ? { key, bucket, region } : { key, bucket, region, version }),
  fromS3ObjectJson: (text) => rt.parse(text).s3,
};
