/** What a client throws, as a document: an Error, or an object with GraphQL's `errors`. */
export function thrownBy({ name, message, errors, data, statusCode }) {
  return {
    name: name ?? null,
    message: message ?? null,
    errors: errors ?? null,
    data: data ?? null,
    status: statusCode ?? null,
  };
}
