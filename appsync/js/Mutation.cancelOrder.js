// Mutation.cancelOrder, a pipeline:
//   cancelOrder (one conditional update) -> explainRefusal -> endWait -> wakeWorkflow -> wakeDurable
// The stash holds `order`, what the client is answered; `ending`, and `taskToken` or
// `callbackId`, when the order awaited approval.

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
