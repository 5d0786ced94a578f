// Mutation.submitOrder, a pipeline:
//   validateOrder -> recordOrder -> compareOrder -> startExecution -> startDurable -> enqueueOverflow
// What a step finds out lies in the stash for the next:
//   contents    the checked order, with its total and canonical string
//   duplicate   an order of this id exists already (compareOrder looks at it)
//   order       what the client is answered
//   notStarted  Step Functions or Lambda did not take it (enqueueOverflow puts it in the queue)

export function request() {
  return {};
}

export function response(ctx) {
  return ctx.stash.order;
}
