// util.transform.toElasticsearchQueryDSL: a filter object as OpenSearch's query language.

const must = (list) => (list.length === 1 ? list[0] : { bool: { must: list } });
const not = (query) => ({ bool: { must_not: query } });
const queries = {
  eq: (field, value) => ({ term: { [field]: value } }),
  ne: (field, value) => not({ term: { [field]: value } }),
  match: (field, value) => ({ match: { [field]: value } }),
  matchPhrase: (field, value) => ({ match_phrase: { [field]: value } }),
  matchPhrasePrefix: (field, value) => ({ match_phrase_prefix: { [field]: value } }),
  multiMatch: (field, value) => ({ multi_match: { query: value, type: 'best_fields', fields: field.split(',') } }),
  wildcard: (field, value) => ({ wildcard: { [field]: value } }),
  regexp: (field, value) => ({ regexp: { [field]: value } }),
  exists: (field, value) => (value ? { exists: { field } } : not({ exists: { field } })),
  range: (field, [from, to]) => ({ range: { [field]: { gte: from, lte: to } } }),
};
for (const operator of ['gt', 'gte', 'lt', 'lte']) {
  queries[operator] = (field, value) => ({ range: { [field]: { [operator]: value } } });
}

const all = (filter) => (Array.isArray(filter) ? filter : [filter]).map((one) => must(parts(one)));

function parts(filter) {
  return Object.entries(filter).map(([field, operand]) => {
    if (field === 'and') return { bool: { must: all(operand) } };
    if (field === 'or') return { bool: { should: all(operand), minimum_should_match: 1 } };
    if (field === 'not') return not(must(parts(operand)));
    if (!rt.isObject(operand)) throw rt.fault(`a filter on ${field} is an object such as {eq: …}`);
    return must(Object.entries(operand).map(([operator, value]) => {
      if (!Object.hasOwn(queries, operator)) throw rt.fault(`no such search operator: ${operator}`);
      return queries[operator](field, value);
    }));
  });
}

rt.searchQuery = (filter) => rt.stringify(must(parts(filter)));
