import type { Estimate } from "./estimate";
import { formatSpan, formatUsd } from "./formats";
import { type Branch, TREE, words } from "./words";

interface Props {
  readonly estimates: readonly Estimate[];
  readonly best: string | null;
}

/** The questions that lead to a channel, each with what it comes to under this load. */
export function Tree({ estimates, best }: Props) {
  return (
    <section class="card" aria-labelledby="tree-title">
      <h2 id="tree-title">{words.tree}</h2>
      <ul class="tree">
        <Node branch={TREE} estimates={estimates} best={best} />
      </ul>
    </section>
  );
}

function Node({ branch, estimates, best }: Props & { branch: Branch }) {
  return (
    <li>
      {branch.text}
      {branch.channels && (
        <ul>
          {branch.channels.map((name) => {
            const estimate = estimates.find((each) => each.name === name);
            return (
              estimate && (
                <li key={name} class={name === best ? "leaf best" : "leaf"}>
                  <strong>{estimate.title}</strong>{" "}
                  <span class="faint">
                    {formatUsd(estimate.usd)}, {estimate.bound ? "≥ " : ""}
                    {formatSpan(estimate.mean)}
                    {name === best ? `: ${words.here}` : ""}
                  </span>
                </li>
              )
            );
          })}
        </ul>
      )}
      {branch.branches && (
        <ul>
          {branch.branches.map((each) => (
            <Node key={each.text} branch={each} estimates={estimates} best={best} />
          ))}
        </ul>
      )}
    </li>
  );
}
