import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** The width that there is, in pixels: text stays as large as it is elsewhere. */
export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(640);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) width.value = Math.round(entry.contentRect.width);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width.value] as const;
}
