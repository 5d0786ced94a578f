// util.transform: filter objects to DynamoDB expressions and to subscription filters.

const comparators = { eq: '=', ne: '<>', le: '<=', lt: '<', ge: '>=', gt: '>' };
const attributeTypes = {
  _null: 'NULL', string: 'S', stringSet: 'SS', number: 'N', numberSet: 'NS', binary: 'B', binarySet: 'BS',
  boolean: 'BOOL', list: 'L', map: 'M',
};
const operators = new Set([
  ...Object.keys(comparators), 'in', 'between', 'beginsWith', 'contains', 'notContains', 'attributeExists',
  'attributeType', 'size',
]);

/** Collects names and values of one expression; the same value name is never given twice. */
/** The text in parentheses; DynamoDB refuses an expression with two around the same. */
function grouped(text) {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0 && at < text.length - 1) return `(${text})`;
  }
  return text;
}

rt.ExpressionBuilder = class ExpressionBuilder {
  constructor() {
    this.names = {};
    this.values = {};
  }

  /** A document path, each part behind a name placeholder; `list[1]` keeps its index. */
  path(parts) {
    return parts
      .map((part) => {
        const [, name, index] = /^(.*?)((?:\[\d+\])*)$/.exec(part);
        let placeholder = '#' + name.replace(/\W/g, '_');
        while (this.names[placeholder] !== undefined && this.names[placeholder] !== name) placeholder += '_';
        this.names[placeholder] = name;
        return placeholder + index;
      })
      .join('.');
  }

  value(hint, value) {
    const base = ':' + hint.replace(/\W/g, '_');
    let placeholder = base;
    for (let i = 1; this.values[placeholder] !== undefined; i += 1) placeholder = `${base}_${i}`;
    this.values[placeholder] = rt.toDynamoDB(value);
    return placeholder;
  }

  condition(parts, operator, operand) {
    const path = this.path(parts);
    const hint = `${parts.join('_')}_${operator}`;
    const value = (one) => this.value(hint, one);
    if (comparators[operator]) return `${path} ${comparators[operator]} ${value(operand)}`;
    switch (operator) {
      case 'in':
        return `${path} IN (${operand.map(value).join(', ')})`;
      case 'between':
        return `${path} BETWEEN ${value(operand[0])} AND ${value(operand[1])}`;
      case 'beginsWith':
        return `begins_with(${path},${value(operand)})`;
      case 'contains':
        return `contains(${path},${value(operand)})`;
      case 'notContains':
        return `NOT contains(${path},${value(operand)})`;
      case 'attributeExists':
        return operand ? `attribute_exists(${path})` : `attribute_not_exists(${path})`;
      case 'attributeType':
        return `attribute_type(${path},${value(attributeTypes[operand] ?? operand)})`;
      case 'size': {
        const [[comparator, number]] = Object.entries(operand);
        if (comparator === 'between') {
          return `size(${path}) BETWEEN ${value(number[0])} AND ${value(number[1])}`;
        }
        return `size(${path}) ${comparators[comparator]} ${value(number)}`;
      }
      default:
        throw rt.fault(`no such filter operator: ${operator}`);
    }
  }

  /** `{field: {operator: value}}` with and, or, not, and nested maps; conditions are ANDed. */
  filter(object, parents = []) {
    const parts = [];
    for (const [key, operand] of Object.entries(object)) {
      if (operand === null || operand === undefined) continue;
      const deeper = [...parents, key];
      if (parents.length === 0 && (key === 'and' || key === 'or')) {
        const list = (Array.isArray(operand) ? operand : [operand]).map((one) => this.filter(one)).filter(Boolean);
        if (list.length) parts.push(list.map(grouped).join(key === 'and' ? ' AND ' : ' OR '));
      } else if (parents.length === 0 && key === 'not') {
        parts.push(`NOT ${grouped(this.filter(operand))}`);
      } else if (!rt.isObject(operand)) {
        throw rt.fault(`a filter on ${key} is an object such as {eq: …}`);
      } else {
        for (const [operator, value] of Object.entries(operand)) {
          if (value === null || value === undefined) continue;
          if (operators.has(operator)) parts.push(this.condition(deeper, operator, value));
          else parts.push(this.filter({ [operator]: value }, deeper));
        }
      }
    }
    return parts.map(grouped).join(' AND ');
  }

  document(expression) {
    const document = { expression, expressionNames: this.names };
    if (Object.keys(this.values).length) document.expressionValues = this.values;
    return document;
  }
};

rt.filterExpression = (object) => {
  const builder = new rt.ExpressionBuilder();
  return builder.document(builder.filter(object));
};

/** The filter as alternatives: a list of lists of {fieldName, operator, value}. */
function alternatives(object, ignored) {
  const product = (left, right) => left.flatMap((one) => right.map((other) => [...one, ...other]));
  let groups = [[]];
  for (const [key, operand] of Object.entries(object ?? {})) {
    if (operand === null || operand === undefined || ignored.includes(key)) continue;
    if (key === 'and') {
      for (const one of operand) groups = product(groups, alternatives(one, ignored));
    } else if (key === 'or') {
      const any = operand.flatMap((one) => alternatives(one, ignored));
      if (any.length) groups = product(groups, any);
    } else {
      const filters = Object.entries(operand)
        .filter(([, value]) => value !== undefined)
        .map(([operator, value]) => ({ fieldName: key, operator, value }));
      groups = product(groups, [filters]);
    }
  }
  return groups;
}

function toSubscriptionFilter(filter, ignoredFields, rules) {
  let groups = alternatives(filter, ignoredFields ?? []);
  const strict = Object.entries(rules ?? {}).map(([name, operand]) => alternatives({ [name]: operand }, [])[0]);
  // At least one of the rules must hold, whatever the caller's own filter says.
  if (strict.length) groups = groups.flatMap((group) => strict.map((rule) => [...group, ...rule]));
  return { filterGroup: groups.filter((group) => group.length).map((filters) => ({ filters })) };
}

rt.transform = {
  toDynamoDBFilterExpression: (object) => rt.stringify(rt.filterExpression(object)),
  toDynamoDBConditionExpression: (object) => rt.stringify(rt.filterExpression(object)),
  toSubscriptionFilter,
  toElasticsearchQueryDSL: rt.searchQuery,
};
