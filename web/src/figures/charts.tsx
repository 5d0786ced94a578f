import { formatMoney, formatMs, formatWhole } from "../format";
import { isFinal } from "../model";
import { strings } from "../strings";
import { type Row, Rows } from "./bars";
import { Chart } from "./chart";
import type { ShopFigures } from "./model";
import { words } from "./words";

export function Statuses({ figures }: { figures: ShopFigures }) {
  const columns = words.statuses;
  const rows = figures.statuses;
  // Each group has a linear scale of its own: the few under way stay visible beside all that was ever delivered.
  const bars = (final: boolean): Row[] =>
    rows
      .filter(({ status }) => isFinal(status) === final)
      .map(({ status, now }) => ({
        name: strings.statuses[status],
        value: now,
        text: formatWhole(now),
        look: status === "DELIVERED" ? "good" : final ? "bad" : "",
      }));
  return (
    <Chart
      id="statuses"
      title={columns.title}
      summary={columns.summary(figures)}
      picture={
        <>
          <p class="faint">{columns.open}</p>
          <Rows id="statuses" rows={bars(false)} />
          <p class="faint">{columns.final}</p>
          <Rows id="statuses" rows={bars(true)} />
        </>
      }
      tableTitle={columns.table}
    >
      <thead>
        <tr>
          <th scope="col">{columns.status}</th>
          <th scope="col" class="figure">
            {columns.now}
          </th>
          <th scope="col" class="figure">
            {columns.entries}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ status, now, entries }) => (
          <tr key={status} data-status={status}>
            <th scope="row">{strings.statuses[status]}</th>
            <td class="figure">{formatWhole(now)}</td>
            <td class="figure">{formatWhole(entries)}</td>
          </tr>
        ))}
      </tbody>
    </Chart>
  );
}

export function Delivery({ delivery }: { delivery: ShopFigures["delivery"] }) {
  const columns = words.delivery;
  const spans = [
    [columns.half, delivery.p50Ms],
    [columns.most, delivery.p95Ms],
    [columns.average, delivery.averageMs],
  ] as const;
  const text = (ms: number | null): string => (ms === null ? words.none : formatMs(ms));
  return (
    <Chart
      id="delivery"
      title={columns.title}
      summary={columns.summary(delivery)}
      picture={<Rows id="delivery" rows={spans.map(([name, ms]) => ({ name, value: ms ?? 0, text: text(ms), look: "" }))} />}
      tableTitle={columns.table}
    >
      <thead>
        <tr>
          <th scope="col">{columns.figure}</th>
          <th scope="col" class="figure">
            {columns.took}
          </th>
        </tr>
      </thead>
      <tbody>
        {spans.map(([name, ms]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="figure">{text(ms)}</td>
          </tr>
        ))}
      </tbody>
    </Chart>
  );
}

/** Currencies have no common scale: their amounts are no picture. */
export function Revenue({ revenue }: { revenue: ShopFigures["revenue"] }) {
  const columns = words.revenue;
  return (
    <section class="card figures-chart" data-chart="revenue" aria-labelledby="revenue-title">
      <h2 id="revenue-title">{columns.title}</h2>
      {revenue.length === 0 ? (
        <p class="faint">{columns.none}</p>
      ) : (
        <dl class="revenue">
          {revenue.map(({ currency, amount, orders }) => (
            <div key={currency} data-currency={currency}>
              <dt>{currency}</dt>
              <dd class="money">{formatMoney(BigInt(amount), currency)}</dd>
              <dd class="faint">{columns.of(orders, orders > 0 ? formatMoney(BigInt(amount) / BigInt(orders), currency) : null)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
