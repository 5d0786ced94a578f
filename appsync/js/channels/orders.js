import { util } from '@aws-appsync/utils';

// The channels /orders/{customer}/{order}, run once when a client subscribes: to one of them, or with a `*` at the
// end to all below. A customer listens below their own id alone, staff anywhere. As with the GraphQL subscriptions
// the order is not looked up, since a client may subscribe before it submits. Publishing is for IAM alone.

export function onSubscribe(ctx) {
  const customer = ctx.info.channel.segments[1];
  if (customer !== ctx.identity.sub && !(ctx.identity.groups ?? []).includes('staff')) {
    util.unauthorized();
  }
}
