import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AppSync } from "./api/appsync";
import { configure, leave, restore, user } from "./api/session";
import { type Config, loadConfig } from "./config";
import { OrderPage } from "./pages/order";
import { Orders } from "./pages/orders";
import { Report } from "./pages/report";
import { Shop } from "./pages/shop";
import { SignIn } from "./pages/sign-in";
import { PAGES, STAFF_PAGES, route } from "./router";
import { OrderStore } from "./store";
import { strings } from "./strings";
import { Announcer } from "./ui/announcer";
import { ConnectionBar } from "./ui/connection";
import { Lazy } from "./ui/lazy";
import { Notice } from "./ui/notice";
import { Toasts } from "./ui/toasts";

const config = signal<Config | null>(null);
const broken = signal(false);

async function start(): Promise<void> {
  broken.value = false;
  try {
    const loaded = await loadConfig();
    configure(loaded);
    await restore();
    config.value = loaded;
  } catch {
    broken.value = true;
  }
}

export function App() {
  useEffect(() => void start(), []);
  if (broken.value) {
    return (
      <Frame>
        <h1>{strings.name}</h1>
        <Notice kind="error" action={strings.start.again} onAction={() => void start()}>
          {strings.start.broken}
        </Notice>
      </Frame>
    );
  }
  if (config.value === null || user.value === undefined) {
    return (
      <Frame>
        <p class="loading" role="status">
          {strings.start.loading}
        </p>
      </Frame>
    );
  }
  if (user.value === null) {
    // The comparison is for everyone; the rest belongs to a user.
    const looks = route.value.page === "choose";
    return (
      <Frame nav={<Nav pages={["choose", "shop"]} current={looks ? "choose" : "shop"} />}>
        {looks ? <ChoosePage /> : <SignIn demo={config.value.demo} />}
      </Frame>
    );
  }
  // Another visitor is another page: nothing of the one before stays.
  return <Inside key={user.value.id} config={config.value} name={user.value.name} id={user.value.id} />;
}

function Inside({ config, name, id }: { config: Config; name: string; id: string }) {
  const parts = useRef<{ api: AppSync; store: OrderStore } | null>(null);
  if (parts.current === null) {
    const api = new AppSync(config);
    parts.current = { api, store: new OrderStore(api, user.peek()?.staff ?? false) };
  }
  const { api, store } = parts.current;
  useEffect(() => {
    store.start();
    return () => store.stop();
  }, [store]);
  const here = route.value;
  const key = JSON.stringify(here);
  const page = () => {
    switch (here.page) {
      case "choose":
        return <ChoosePage />;
      case "lanes":
        return (
          <Lazy load={() => import("./pages/lanes")}>
            {(Lanes) => (
              <Focused>
                <Lanes api={api} config={config} customerId={id} user={name} />
              </Focused>
            )}
          </Lazy>
        );
      case "shop":
        return <Focused><Shop api={api} store={store} wares={config.catalogue} owner={id} /></Focused>;
      case "orders":
        return <Focused><Orders store={store} owner={id} /></Focused>;
      case "board":
        return (
          <Lazy load={() => import("./pages/board")}>
            {(BoardPage) => (
              <Focused>
                <BoardPage api={api} store={store} rest={config.rest} />
              </Focused>
            )}
          </Lazy>
        );
      case "order":
        return (
          <Focused>
            <OrderPage id={here.id} api={api} store={store} rest={config.rest} visitor={id} />
          </Focused>
        );
      case "report":
        return <Focused><Report /></Focused>;
      case "import":
        return (
          <Lazy load={() => import("./pages/import")}>
            {(ImportPage) => (
              <Focused>
                <ImportPage api={api} />
              </Focused>
            )}
          </Lazy>
        );
      case "import-progress":
        return (
          <Lazy load={() => import("./pages/import-progress")}>
            {(ImportProgress) => (
              <Focused>
                <ImportProgress api={api} id={here.id} />
              </Focused>
            )}
          </Lazy>
        );
      case "figures":
        return (
          <Lazy load={() => import("./pages/figures")}>
            {(Figures) => (
              <Focused>
                <Figures api={api} />
              </Focused>
            )}
          </Lazy>
        );
      case "letters":
        return (
          <Lazy load={() => import("./pages/letters")}>
            {(Letters) => (
              <Focused>
                <Letters api={api} />
              </Focused>
            )}
          </Lazy>
        );
    }
  };
  const orders = here.page === "order" && store.row(here.id) && !store.isOwn(here.id, id) ? "board" : "orders";
  const current = here.page === "order" ? orders : here.page === "import-progress" ? "import" : here.page;
  return (
    <Frame
      nav={<Nav pages={user.value?.staff ? STAFF_PAGES : PAGES} current={current} />}
      who={
        <div class="who">
          <span>
            <span class="visually-hidden">{strings.signIn.who("")}</span>
            {name}
          </span>
          <button type="button" class="quiet" onClick={() => void leave()}>
            {strings.signIn.out}
          </button>
        </div>
      }
      bar={<ConnectionBar store={store} />}
    >
      {/* A page takes nothing over from the one before, its loaded code least of all. */}
      <Fragment key={key}>{page()}</Fragment>
      <Announcer store={store} />
      <Toasts store={store} owner={id} />
    </Frame>
  );
}

function ChoosePage() {
  return (
    <Lazy load={() => import("./pages/choose")}>
      {(Choose) => (
        <Focused>
          <Choose />
        </Focused>
      )}
    </Lazy>
  );
}

function Nav({ pages, current }: { pages: readonly (typeof STAFF_PAGES)[number][]; current: string }) {
  return (
    <nav aria-label={strings.nav.label}>
      <ul>
        {pages.map((page) => (
          <li key={page}>
            <a href={`#/${page}`} aria-current={page === current ? "page" : undefined}>
              {strings.nav[page]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface FrameProps {
  nav?: ComponentChildren;
  who?: ComponentChildren;
  bar?: ComponentChildren;
  children: ComponentChildren;
}

function Frame({ nav, who, bar, children }: FrameProps) {
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the hash is the route
          document.getElementById("main")?.focus();
        }}
      >
        {strings.skip}
      </a>
      <header>
        <div class="head">
          <span class="brand">
            <img src="/icon.svg" alt="" width="28" height="28" />
            {strings.name}
          </span>
          {nav}
          {who}
        </div>
      </header>
      {bar}
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer>
        <p>{strings.footer}</p>
      </footer>
    </>
  );
}

const first = signal(true);

/** A new page: its name in the title, and the focus on its heading, except on the very first. */
function Focused({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const title = useSignal("");
  useEffect(() => {
    const heading = box.current?.querySelector("h1");
    title.value = heading?.textContent ?? "";
    if (!first.value) {
      scrollTo(0, 0);
      heading?.focus({ preventScroll: true });
    }
    first.value = false;
  }, []);
  useSignalEffect(() => {
    document.title = title.value === "" ? strings.name : `${title.value} · ${strings.name}`;
  });
  return <div ref={box}>{children}</div>;
}
