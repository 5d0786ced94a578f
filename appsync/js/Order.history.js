// Order.history, without a data source: the stored entries as the changes that a subscriber gets.

export function request() {
  return { payload: null };
}

export function response(ctx) {
  const { id, customerId, history } = ctx.source;
  // Entry n of the history is version n.
  return history.map((entry, index) => ({
    orderId: id,
    customerId,
    version: index + 1,
    status: entry.status,
    at: entry.at,
    reason: entry.reason,
  }));
}
