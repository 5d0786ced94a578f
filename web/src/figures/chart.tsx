/** A picture of figures: it has a name, says in a sentence what it shows, and is there as a table, too. */
import type { ComponentChildren } from "preact";

interface Props {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly picture: ComponentChildren;
  readonly tableTitle: string;
  readonly children: ComponentChildren;
}

export function Chart({ id, title, summary, picture, tableTitle, children }: Props) {
  return (
    <figure class="card figures-chart" data-chart={id} aria-labelledby={`${id}-title`}>
      <figcaption id={`${id}-title`}>{title}</figcaption>
      <p class="summary" id={`${id}-summary`}>
        {summary}
      </p>
      {picture}
      <details>
        <summary>{tableTitle}</summary>
        <div class="scroll" tabIndex={0} role="group" aria-label={tableTitle}>
          <table>{children}</table>
        </div>
      </details>
    </figure>
  );
}

/** What a picture is called, and what it says, by the ids of its figure's texts. */
export const labelled = (id: string) =>
  ({ role: "img", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-summary` }) as const;
