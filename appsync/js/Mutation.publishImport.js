// Mutation.publishImport, without a data source: it changes nothing, it only tells the subscribers.
// The truth was written before; the imports table's stream calls this.

export function request(ctx) {
  return { payload: ctx.args.input };
}

export function response(ctx) {
  return ctx.result;
}
