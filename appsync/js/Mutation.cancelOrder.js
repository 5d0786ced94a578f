// Mutation.cancelOrder, a pipeline:
//   cancelOrder (one conditional update) -> explainRefusal -> endWait -> wakeWorkflow
// The stash holds `order`, what the client is answered; `ending` and `taskToken` when the order awaited approval.

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
