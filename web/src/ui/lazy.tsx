import { useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { strings } from "../strings";
import { Notice } from "./notice";

interface Props<P> {
  /** Loads the page's module; called once for each page that is shown. */
  readonly load: () => Promise<{ default: ComponentType<P> }>;
  readonly children: (Page: ComponentType<P>) => ComponentChildren;
}

/** A page whose code is loaded when it is wanted. */
export function Lazy<P>({ load, children }: Props<P>) {
  const page = useSignal<ComponentType<P> | null>(null);
  const failed = useSignal(false);
  const start = async (): Promise<void> => {
    failed.value = false;
    try {
      page.value = (await load()).default;
    } catch {
      failed.value = true;
    }
  };
  useEffect(() => void start(), []);
  if (failed.value) {
    return (
      <Notice kind="error" action={strings.start.again} onAction={() => void start()}>
        {strings.start.unloaded}
      </Notice>
    );
  }
  return page.value === null ? (
    <p class="loading" role="status">
      {strings.start.loading}
    </p>
  ) : (
    <>{children(page.value)}</>
  );
}
