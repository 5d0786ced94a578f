// '@aws-appsync/utils/rds': functions that write the statements of a relational data source.
//
// They build their request documents as on AWS; the data source itself is not served.

const kind = Symbol('kind');
const statement = (type, payload) => Object.freeze({ [kind]: type, payload });
rt.isSql = (value) => rt.isObject(value) && value[kind] === 'sql';
const isSelect = (value) => rt.isObject(value) && value[kind] === 'select';
const missing = (value) => value === null || value === undefined;

function maker(type, ...given) {
  if (given.length === 0) throw rt.refusal(`An argument is expected to be passed to ${type}`);
  if (!rt.isObject(given[0])) throw rt.refusal('Expected payload to be an Object.');
  return statement(type, given[0]);
}

function sql(strings, ...values) {
  if (!Array.isArray(strings) || strings.length !== values.length + 1) {
    throw rt.refusal('Unexpected argument passed to sql tagged template');
  }
  return Object.freeze({ [kind]: 'sql', strings, values });
}

const hint = (type) => (value) => Object.freeze({ [kind]: 'hint', type, value });
const typeHint = {};
for (const type of ['DECIMAL', 'JSON', 'TIMESTAMP', 'TIME', 'UUID', 'DATE']) typeHint[type] = hint(type);
const agg = {};
for (const name of Object.keys(rt.aggregateSql)) {
  if (name !== 'size') agg[name] = (column) => Object.freeze({ [kind]: 'aggregate', name, column });
}

const joins = {
  join: 'JOIN', innerJoin: 'INNER JOIN', leftJoin: 'LEFT JOIN', leftOuterJoin: 'LEFT OUTER JOIN',
  rightJoin: 'RIGHT JOIN', rightOuterJoin: 'RIGHT OUTER JOIN', fullOuterJoin: 'FULL OUTER JOIN',
  crossJoin: 'CROSS JOIN', joinNatural: 'NATURAL JOIN', innerJoinNatural: 'NATURAL INNER JOIN',
  leftJoinNatural: 'NATURAL LEFT JOIN', leftOuterJoinNatural: 'NATURAL LEFT OUTER JOIN',
  rightJoinNatural: 'NATURAL RIGHT JOIN', rightOuterJoinNatural: 'NATURAL RIGHT OUTER JOIN',
  fullOuterJoinNatural: 'NATURAL FULL OUTER JOIN',
};

/** Writes the statements of one request, which share one map of variables. */
class Writer {
  constructor(quote, name, returns) {
    Object.assign(this, { mark: quote, name, returns, variables: {}, hints: {}, count: 0 });
    this.quote = (text) => text.split('.').map((part) => `${quote}${part}${quote}`).join('.');
    this.bind = (value) => (missing(value) ? 'NULL' : this.variable(value));
  }

  variable(value) {
    const placeholder = `:P${this.count}`;
    this.count += 1;
    const hinted = rt.isObject(value) && value[kind] === 'hint';
    this.variables[placeholder] = hinted ? value.value : value;
    if (hinted) this.hints[placeholder] = value.type;
    return placeholder;
  }

  template({ strings, values }) {
    return strings.map((part, i) => (i === 0 ? part : this.variable(values[i - 1] ?? null) + part)).join('');
  }

  /** `{alias: what}`: what is a name, a template or a select. */
  alias(object, wrong) {
    const [[alias, what], ...more] = Object.entries(object);
    if (more.length) throw rt.refusal('table alias is allowed only one key-value pair.');
    if (rt.isSql(what)) return `(${this.template(what)}) as ${this.quote(alias)}`;
    if (isSelect(what)) return `(${this.select(what.payload)}) as ${this.quote(alias)}`;
    if (rt.isObject(what) && what[kind] === 'aggregate') return `${this.column(what)} as ${this.quote(alias)}`;
    if (typeof what !== 'string') throw rt.refusal(wrong);
    return `${this.quote(what)} as ${this.quote(alias)}`;
  }

  table({ table, from }, takesFrom) {
    const given = !missing(table);
    if (given && takesFrom && !missing(from)) throw rt.refusal("'from' and 'table' keys cannot be used together");
    const name = given ? table : takesFrom ? from : undefined;
    if (missing(name)) throw rt.refusal("'table' or 'from' key is required.");
    if (typeof name === 'string') return this.quote(name);
    if (!given && rt.isSql(name)) return this.template(name);
    if (!given && isSelect(name)) return `(${this.select(name.payload)})`;
    if (!rt.isObject(name)) {
      throw rt.refusal(given ? 'table name is expected to be a string or alias.'
        : "'from' value is expected to be string or object.");
    }
    if (Object.keys(name).length === 0) throw rt.refusal('java.util.NoSuchElementException');
    return this.alias(name, 'Table alias value is expected to be a string.');
  }

  column(column) {
    if (column === '*') return '*';
    if (typeof column === 'string') return this.quote(column);
    if (rt.isObject(column) && column[kind] === 'aggregate') {
      return rt.aggregateSql[column.name](column.column === '*' ? '*' : this.quote(column.column));
    }
    if (rt.isObject(column) && Object.keys(column).length) return this.alias(column, 'Invalid type in column array.');
    throw rt.refusal('Invalid type in column array.');
  }

  columns(list) {
    if (missing(list) || list === '*') return '*';
    if (!Array.isArray(list)) throw rt.refusal('Expected column to be * or an array.');
    return list.map((column) => this.column(column)).join(', ');
  }

  conditions(word, object, name) {
    if (missing(object)) return '';
    if (rt.isSql(object)) return `${word} ${this.template(object)}`;
    if (!rt.isObject(object)) {
      throw rt.refusal(`${name} values are expected to be SQL templates or a condition object.`);
    }
    const text = rt.sqlConditions(object, this.quote, this.bind);
    return text === '' ? '' : `${word} ${text}`;
  }

  joins(payload) {
    return Object.keys(joins).flatMap((name) =>
      (payload[name] ?? []).map((join) => {
        const using = missing(join.using) ? '' : ` USING (${this.columns(join.using)})`;
        const on = this.conditions(' ON', join.on, 'ON');
        return `${joins[name]} ${this.table(join, true)}${using}${on}`;
      }));
  }

  order(list) {
    if (missing(list)) return '';
    if (!Array.isArray(list)) throw rt.refusal('orderBy expects an array.');
    const parts = list.map((item) => {
      if (!rt.isObject(item)) throw rt.refusal('orderBy item expected to be an object.');
      if (typeof item.column !== 'string') throw rt.refusal('orderBy item expected to have property column.');
      const dir = typeof item.dir === 'string' ? item.dir.toUpperCase() : 'ASC';
      if (dir !== 'ASC' && dir !== 'DESC') {
        throw rt.refusal(`orderBy dir can have either ASC or DESC found ${item.dir}.`);
      }
      return `${this.quote(item.column)} ${dir}`;
    });
    return parts.length ? `ORDER BY ${parts.join(', ')}` : '';
  }

  number(word, name, value) {
    if (missing(value)) return '';
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) throw rt.refusal(`${name} expects a number.`);
    return `${word} ${this.variable(number)}`;
  }

  returning(list) {
    if (missing(list)) return '';
    const columns = this.columns(list);
    if (!this.returns) throw rt.refusal('returning is not supported in MySQL.');
    return `RETURNING ${columns}`;
  }

  values(payload, type) {
    if (missing(payload.values)) throw rt.refusal(`values are expected to be passed to ${type}`);
    if (!rt.isObject(payload.values)) throw rt.refusal('Expected values to an Object.');
    return Object.entries(payload.values).map(([name, value]) => [this.quote(name), this.bind(value)]);
  }

  select(payload) {
    const table = this.table(payload, true);
    const grouped = (payload.groupBy ?? []).map((one) => (typeof one === 'number' ? one : this.quote(one)));
    return this.join(
      'SELECT', this.columns(payload.columns), `FROM ${table}`, ...this.joins(payload),
      this.conditions('WHERE', payload.where, 'WHERE'), grouped.length ? `GROUP BY ${grouped.join(', ')}` : '',
      this.conditions('HAVING', payload.having, 'HAVING'), this.order(payload.orderBy),
      this.number('LIMIT', 'limit', payload.limit), this.number('OFFSET', 'offset', payload.offset));
  }

  insert(payload) {
    const table = this.table(payload, false);
    const values = this.values(payload, 'insert');
    const list = (which) => values.map((pair) => pair[which]).join(', ');
    return this.join('INSERT INTO', table, `(${list(0)}) VALUES (${list(1)})`, this.returning(payload.returning));
  }

  update(payload) {
    const table = this.table(payload, false);
    const sets = this.values(payload, 'update').map((pair) => pair.join(' = ')).join(', ');
    return this.join('UPDATE', table, 'SET', sets, this.conditions('WHERE', payload.where, 'WHERE'),
      this.returning(payload.returning));
  }

  remove(payload) {
    return this.join('DELETE FROM', this.table(payload, false), this.conditions('WHERE', payload.where, 'WHERE'),
      this.returning(payload.returning));
  }

  join(...parts) {
    return parts.filter((part) => part !== '').join(' ').trimEnd();
  }

  write(one) {
    if (typeof one === 'string') return one;
    if (rt.isSql(one)) return this.template(one);
    const type = rt.isObject(one) ? one[kind] : undefined;
    if (['select', 'insert', 'update', 'remove'].includes(type)) return this[type](one.payload);
    throw rt.refusal(`Unsupported type is passed as argument to ${this.name}`);
  }
}

const creator = (quote, name, returns) => (...statements) => {
  if (statements.length === 0) throw rt.refusal(`An argument is expected to be passed to ${name}`);
  const writer = new Writer(quote, name, returns);
  const texts = statements.filter((one, i) => i === 0 || !missing(one)).map((one) => writer.write(one));
  return { statements: texts, variableMap: writer.variables, variableTypeHintMap: writer.hints };
};

function cell(field) {
  const list = field.arrayValue;
  if (list) {
    const [[name, inner]] = Object.entries(list);
    return name === 'arrayValues' ? inner.map((one) => cell({ arrayValue: one })) : inner;
  }
  return field.isNull ? undefined : Object.values(field)[0];
}

function toJsonObject(data) {
  let given = data;
  if (typeof data === 'string') {
    try {
      given = rt.parse(data);
    } catch (error) {
      return null;
    }
  }
  if (!Array.isArray(given?.sqlStatementResults)) return null;
  return given.sqlStatementResults.map(({ records, columnMetadata }) => {
    if (!Array.isArray(records)) return [{}];
    const names = (columnMetadata ?? []).map((column) => column.label ?? column.name);
    return records.map((record) => {
      const row = {};
      record.forEach((field, i) => {
        const value = cell(field);
        if (value !== undefined) row[names[i]] = value;
      });
      return row;
    });
  });
}

rt.rdsHelpers = {
  select: (...given) => maker('select', ...given),
  insert: (...given) => maker('insert', ...given),
  update: (...given) => maker('update', ...given),
  remove: (...given) => maker('remove', ...given),
  createPgStatement: creator('"', 'createPgStatement', true),
  createMySQLStatement: creator('`', 'createMySQLStatement', false),
  sql, typeHint, agg, toJsonObject,
};
