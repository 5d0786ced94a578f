import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * A page that a tool of this project has rendered, within this one: in a shadow root, where its styles and ids are
 * its own. Nothing in it runs: a parsed document's scripts never do, and the policy allows no handlers.
 */
export function RenderedPage({ html }: { html: string }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    // The policy allows no inline style, not even in a parsed document: a constructed sheet is none.
    const styles: string[] = [];
    const bare = html.replace(/<style>([^<]*)<\/style>/g, (_, style: string) => {
      styles.push(style);
      return "";
    });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles.join("\n"));
    root.adoptedStyleSheets = [sheet];
    const parsed = new DOMParser().parseFromString(bare, "text/html");
    const body = document.createElement("div");
    body.append(...(parsed.querySelector("main") ?? parsed.body).childNodes);
    for (const title of body.querySelectorAll("h1")) title.remove(); // this page has one
    root.replaceChildren(body);
  }, [html]);
  return <div class="rendered" ref={host} />;
}
