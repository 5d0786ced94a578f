// Mutation.cancelOrder, a pipeline: cancelOrder (one conditional update) -> explainRefusal.
// The stash holds `order`, what the client is answered.

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
