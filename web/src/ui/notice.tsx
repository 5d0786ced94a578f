import type { ComponentChildren } from "preact";

interface Props {
  readonly kind: "info" | "error" | "empty";
  readonly action?: string;
  readonly href?: string;
  readonly onAction?: () => void;
  readonly children: ComponentChildren;
}

/** A message where content would be: why there is none, and what to do. */
export function Notice({ kind, action, href, onAction, children }: Props) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : undefined}>
      <div>{children}</div>
      {action !== undefined && href !== undefined && (
        <a class="button" href={href}>
          {action}
        </a>
      )}
      {action !== undefined && onAction && (
        <button type="button" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
