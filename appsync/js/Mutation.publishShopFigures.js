// Mutation.publishShopFigures, without a data source: it changes nothing, it only tells the subscribers.

export function request(ctx) {
  return { payload: ctx.args.input };
}

export function response(ctx) {
  return ctx.result;
}
