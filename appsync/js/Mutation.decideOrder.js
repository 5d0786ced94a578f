// Mutation.decideOrder, a pipeline, for staff:
//   decideOrder -> explainDecision -> endWait -> wakeWorkflow -> wakeDurable
// The stash holds `order`, what the client is answered, `ending`, what ends the wait, and `taskToken` or
// `callbackId`.

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
