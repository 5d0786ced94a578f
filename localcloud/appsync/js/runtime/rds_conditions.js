// Conditions of '@aws-appsync/utils/rds': the objects under where, having and on, as SQL.
//
// What AWS makes of odd input (an empty group, an empty condition) is no good SQL; it is the same
// here, so that a statement that the database would refuse there is seen here.

const comparisons = { eq: '=', ne: '!=', gt: '>', lt: '<', ge: '>=', le: '<=' };
const aggregates = {
  max: 'MAX', min: 'MIN', count: 'COUNT', avg: 'AVG', sum: 'SUM',
};
const functions = { size: (column) => `LENGTH (${column})` };
for (const [name, sql] of Object.entries(aggregates)) {
  functions[name] = (column) => `${sql}(${column})`;
  functions[`${name}Distinct`] = (column) => `${sql}(DISTINCT ${column})`;
}
rt.aggregateSql = functions;

const patterns = {
  contains: (text) => ['LIKE', `%${text}%`],
  notContains: (text) => ['NOT LIKE', text],
  beginsWith: (text) => ['LIKE', `${text}%`],
};

function between(where, pair, bind) {
  if (!Array.isArray(pair)) throw rt.refusal(`${where} condition expects an array with length of 2.`);
  if (pair.length !== 2) {
    throw rt.refusal(
      `${where} condition expects an array with 2 values but received an array with length ${pair.length}.`);
  }
  return `BETWEEN ${bind(pair[0])} AND ${bind(pair[1])}`;
}

/** `{operator: number}` under size, max and their like: comparisons of a function of the column. */
function ofFunction(name, operator, operand, sql, bind) {
  const where = `${name}.${operator}`;
  if (!rt.isObject(operand)) throw rt.refusal(`Expected ${where} to be an Object.`);
  return Object.entries(operand)
    .map(([comparison, value]) => {
      if (comparison === 'between') return `${sql} ${between(where, value, bind)}`;
      if (!Object.hasOwn(comparisons, comparison)) throw rt.refusal(`${where} has invalid ${operator} operator.`);
      return `${sql} ${comparisons[comparison]} ${bind(value)}`;
    })
    .join(' AND ');
}

function condition(name, operator, operand, column, bind) {
  const where = `${name}.${operator}`;
  if (Object.hasOwn(functions, operator)) {
    return ofFunction(name, operator, operand, functions[operator](column), bind);
  }
  const known = operator === 'between' || operator === 'attributeExists' || Object.hasOwn(patterns, operator);
  if (!known && !Object.hasOwn(comparisons, operator)) throw rt.refusal(`Unsupported condition ${where}.`);
  if (operand === null || operand === undefined) throw rt.refusal(`Value for ${where} can't be null.`);
  if (operator === 'between') return `${column} ${between(where, operand, bind)}`;
  if (operator === 'attributeExists') {
    if (typeof operand !== 'boolean') throw rt.refusal(`${where} expects a boolean value to be passed.`);
    return `${column} IS ${operand ? 'NOT ' : ''}NULL`;
  }
  if (Object.hasOwn(patterns, operator)) {
    if (typeof operand !== 'string') throw rt.refusal(`${where} expects a string value to be passed.`);
    const [like, text] = patterns[operator](operand);
    return `${column} ${like} ${bind(text)}`;
  }
  return `${column} ${comparisons[operator]} ${bind(operand)}`;
}

function group(word, list, quote, bind) {
  if (!Array.isArray(list)) throw rt.refusal(`${word} expects conditions to be an array`);
  const parts = list.map((one) => {
    if (!rt.isObject(one) || rt.isSql(one)) throw rt.refusal(`Expected ${word} to be an Object.`);
    const text = rt.sqlConditions(one, quote, bind);
    return text === '' ? '' : `(${text})`;
  });
  if (word !== 'not') return parts.join(word === 'or' ? ' OR ' : ' AND ');
  return parts.length ? `NOT (${parts.join(' AND ')})` : '';
}

/** A condition object as SQL; `quote` quotes a name, `bind` takes a value and gives its placeholder. */
rt.sqlConditions = (object, quote, bind) =>
  Object.entries(object)
    .map(([name, operand]) => {
      if (name === 'and' || name === 'or' || name === 'not') return group(name, operand, quote, bind);
      if (!rt.isObject(operand)) throw rt.refusal('Expected condition to be an Object.');
      return Object.entries(operand)
        .map(([operator, value]) => condition(name, operator, value, quote(name), bind))
        .join(' AND ');
    })
    .join(' AND ');
