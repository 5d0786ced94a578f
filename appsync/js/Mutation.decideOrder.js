// Mutation.decideOrder, a pipeline, for staff:
//   decideOrder -> explainDecision -> endWait -> wakeWorkflow
// The stash holds `order`, what the client is answered, `ending`, what ends the wait, and `taskToken`.

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
