import { util } from '@aws-appsync/utils';

// Subscription.onShopFigures, run once when a client subscribes: staff receive everything, others cannot subscribe.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error("Only staff may see the shop's figures.", 'StaffOnly');
  }
  return { payload: null };
}

export function response() {
  return null; // AppSync demands it of a subscription
}
