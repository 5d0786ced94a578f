/** The operations, typed by `schema.graphql` itself: a field that is not in the contract does not compile. */
import { type ResultOf, type VariablesOf, initGraphQLTada } from "gql.tada";
import type { introspection } from "../../.generated/schema";

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { AWSDateTime: string };
  disableMasking: true;
}>();

const change = graphql(`
  fragment Change on OrderStatusChange { orderId version status at reason }
`);

/** What a list shows of an order. */
export const SUMMARY = graphql(`
  fragment Summary on Order { id customerId status version currency total itemCount createdAt updatedAt reason }
`);

const whole = graphql(
  `
    fragment Whole on Order {
      ...Summary
      items { sku name quantity unitPrice }
      history { ...Change }
    }
  `,
  [SUMMARY, change],
);

export const SUBMIT = graphql(
  `mutation Submit($input: SubmitOrderInput!) { submitOrder(input: $input) { ...Whole } }`,
  [whole],
);
/** What the page knows of an order in a list, of a whole one, and what it submits: what is asked for above. */
export type Summary = Readonly<ResultOf<typeof SUMMARY>>;
export type Order = Readonly<ResultOf<typeof whole>>;
export type OrderInput = Readonly<VariablesOf<typeof SUBMIT>["input"]>;
export const CANCEL = graphql(`mutation Cancel($id: ID!) { cancelOrder(id: $id) { ...Whole } }`, [whole]);
export const DECIDE = graphql(
  `mutation Decide($input: DecideOrderInput!) { decideOrder(input: $input) { ...Whole } }`,
  [whole],
);
export const ORDER = graphql(`query Order($id: ID!) { order(id: $id) { ...Whole } }`, [whole]);
export const ORDERS = graphql(
  `
    query Orders($limit: Int, $nextToken: String) {
      orders(limit: $limit, nextToken: $nextToken) { orders { ...Summary } nextToken }
    }
  `,
  [SUMMARY],
);
export const ALL_ORDERS = graphql(
  `
    query AllOrders($status: OrderStatus!, $limit: Int, $nextToken: String) {
      allOrders(status: $status, limit: $limit, nextToken: $nextToken) { orders { ...Summary } nextToken }
    }
  `,
  [SUMMARY],
);
export const TRACE = graphql(`
  query Trace($id: ID!) {
    orderTrace(id: $id) {
      orderId workflow source outcome startedAt endedAt redrives error
      steps { id name type enteredAt leftAt outcome retries error parent index }
      nodes { name type parent branch start end comment }
      transitions { source target kind errors }
      traceId
      spans { id parent name origin startedAt endedAt failed detail }
    }
  }
`);
const move = graphql(`
  fragment Move on DeadLetterMove { status moved total failure }
`);
export const DEAD_LETTERS = graphql(
  `query DeadLetters { deadLetters { name purpose way depth oldestAt move { ...Move } } }`,
  [move],
);
export const DEAD_LETTER_MESSAGES = graphql(`
  query DeadLetterMessages($place: ID!) {
    deadLetterMessages(place: $place) { id sentAt what orderIds cause attempts problem }
  }
`);
export const REDRIVE_DEAD_LETTERS = graphql(
  `
    mutation RedriveDeadLetters($input: RedriveDeadLettersInput!) {
      redriveDeadLetters(input: $input) { matched redriven failures { id reason } more move { ...Move } }
    }
  `,
  [move],
);
export const HISTORY = graphql(
  `
    query History($id: ID!, $afterVersion: Int) {
      orderHistory(id: $id, afterVersion: $afterVersion) { orderId version changes { ...Change } }
    }
  `,
  [change],
);
export const ON_ORDER = graphql(
  `subscription OnOrder($orderId: ID!) { onOrderStatus(orderId: $orderId) { ...Change } }`,
  [change],
);
export const ON_MINE = graphql(`subscription OnMine { onMyOrders { ...Change } }`, [change]);
export const ON_ANY = graphql(`subscription OnAny { onAnyOrder { ...Change } }`, [change]);

const figures = graphql(`
  fragment Figures on ShopFigures {
    version at windowSeconds deadLetters
    statuses { status now entries }
    minutes { minute entries { status count } }
    revenue { currency amount orders }
    delivery { orders p50Ms p95Ms averageMs }
  }
`);
export const SHOP_FIGURES = graphql(`query ShopFigures { shopFigures { ...Figures } }`, [figures]);
export const ON_SHOP_FIGURES = graphql(`subscription OnShopFigures { onShopFigures { ...Figures } }`, [figures]);

const imported = graphql(`
  fragment Imported on Import {
    id fileName size status version reason detail lines accepted repeated refused createdAt updatedAt duplicateOf reportUrl
    refusals { line code reason }
  }
`);
export const CREATE_IMPORT = graphql(
  `
    mutation CreateImport($input: CreateImportInput!) {
      createImport(input: $input) { url fields { name value } expiresAt import { ...Imported } }
    }
  `,
  [imported],
);
export const CANCEL_IMPORT = graphql(`mutation CancelImport($id: ID!) { cancelImport(id: $id) { ...Imported } }`, [imported]);
export const IMPORT = graphql(`query Import($id: ID!) { import(id: $id) { ...Imported } }`, [imported]);
export const IMPORTS = graphql(`
  query Imports($nextToken: String) {
    imports(limit: 20, nextToken: $nextToken) {
      imports { id fileName size status lines accepted repeated refused createdAt }
      nextToken
    }
  }
`);
export const ON_IMPORT = graphql(`
  subscription OnImport($id: ID!) {
    onImport(id: $id) { id customerId status version reason detail lines accepted repeated refused at refusals { line code reason } }
  }
`);
