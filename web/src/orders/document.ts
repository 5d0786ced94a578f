/** Everyone's orders of several statuses in one request: a field for each, by its status' name. */
import { print } from "graphql";
import type { ResultOf } from "gql.tada";
import { type ALL_ORDERS, SUMMARY } from "../api/operations";
import type { Status } from "../model";

export type BoardPage = ResultOf<typeof ALL_ORDERS>["allOrders"];

export function boardDocument(statuses: readonly Status[]): string {
  const cursors = statuses.map((status) => `$${status}: String`).join(", ");
  const fields = statuses.map(
    (status) => `${status}: allOrders(status: ${status}, limit: $limit, nextToken: $${status}) { orders { ...Summary } nextToken }`,
  );
  return `query AllOrders($limit: Int, ${cursors}) { ${fields.join(" ")} }\n${print(SUMMARY)}`;
}
