/** Every word that the page says, in one place. */
import type { Problem } from "./api/errors";
import type { State } from "./live/book";
import { formatMs } from "./format";
import { type Reason, STATUSES, type Status } from "./model";
import type { Node, Outcome, StepOutcome, Trace } from "./trace/model";
import type { Visit } from "./trace/visits";

/** A name of the contract as a word. The terminal shows the name itself, so both call a status the same. */
const named = (name: string): string => name.charAt(0) + name.slice(1).toLowerCase().replaceAll("_", " ");

const statuses = Object.fromEntries(STATUSES.map((status) => [status, named(status)])) as Readonly<Record<Status, string>>;

const meanings: Readonly<Record<Status, string>> = {
  RECEIVED: "We have your order.",
  VALIDATED: "Every item is known, and the total is right.",
  AWAITING_APPROVAL: "The shop is reviewing it.",
  CONFIRMED: "Stock is reserved and the payment authorized.",
  PACKED: "In its box.",
  SHIPPED: "With the carrier.",
  DELIVERED: "With you.",
  CANCELLED: "Cancelled before it was packed.",
  REJECTED: "The shop did not approve it.",
  EXPIRED: "It was not approved in time.",
  FAILED: "It could not be carried out.",
};

const next: Readonly<Record<Status, string>> = {
  RECEIVED: "Next, we check the items and the total.",
  VALIDATED: "Next, we reserve the stock and ask the payment provider, both at once.",
  AWAITING_APPROVAL: "Next, the shop approves it. Until it is packed you can cancel it.",
  CONFIRMED: "Next, it is packed. Until then you can cancel it.",
  PACKED: "Next, it goes to the carrier. It is too late to cancel.",
  SHIPPED: "Next, it arrives.",
  DELIVERED: "That was the last step. Enjoy it.",
  CANCELLED: "Nothing more happens. Stock and payment were given back.",
  REJECTED: "Nothing more happens. Stock and payment were given back.",
  EXPIRED: "Nothing more happens. Stock and payment were given back.",
  FAILED: "Nothing more happens.",
};

const reasons: Readonly<Record<Reason, string>> = {
  UNKNOWN_ITEM: "The order asks for something that the shop does not sell. Nothing was charged.",
  OUT_OF_STOCK: "There was not enough stock of at least one item, so none was kept and nothing was charged.",
  PAYMENT_DECLINED: "The payment provider declined the card. Nothing was charged; try another card.",
  PAYMENT_TIMEOUT: "The payment provider did not answer in time. Nothing was charged; you can order again.",
  CUSTOMER_REQUEST: "You cancelled it. Stock and payment were given back.",
  NOT_APPROVED: "The shop did not approve it. Stock and payment were given back.",
  APPROVAL_TIMEOUT: "It was not approved in time. Stock and payment were given back; you can order again.",
  INTERNAL_ERROR: "That was our fault. It is logged with the order's number, and nothing was charged.",
};

const problems: Readonly<Record<Problem, string>> = {
  offline: "The shop cannot be reached. Check your network.",
  "try-again": "The shop is busy just now. Try again in a moment.",
  invalid: "The shop does not take this order as it is.",
  conflict: "This form was already sent with other contents. Start a new order.",
  "not-found": "There is no such order.",
  "not-cancellable": "It is too late: the order can no longer be cancelled.",
  "not-decidable": "It is too late: the order awaits no decision any more.",
  "not-redrivable": "There is nothing to redrive now: the workflow has done its work, or may still run. An Express workflow may for five and a half minutes; then try again.",
  "too-late": "It is too late: this has ended already.",
  "staff-only": "Only staff may do this.",
  off: "A parameter of this stack turns it off.",
  "not-signed-in": "You are no longer signed in. Sign out and in again.",
  fault: "Something went wrong on our side.",
};

const connection: Readonly<Record<State, string>> = {
  connecting: "Connecting…",
  live: "Live. Changes appear as they happen.",
  behind: "Connected. Reading what may have been missed…",
  away: "Connection lost.",
};

const outcomes: Readonly<Record<Outcome, string>> = {
  NOT_STARTED: "not started",
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  ABORTED: "stopped",
};

const workflowNames = { STANDARD: "Standard", EXPRESS: "Express", DURABLE: "Durable" } as const;

const stepOutcomes: Readonly<Record<StepOutcome, string>> = {
  RUNNING: "running",
  SUCCEEDED: "done",
  CAUGHT: "error caught",
  FAILED: "failed",
  ABORTED: "stopped",
};

const plural = (n: number, singular: string, many: string): string => `${n} ${n === 1 ? singular : many}`;

const retries = (n: number): string => plural(n, "retry", "retries");

export const strings = {
  name: "Orderwire",
  skip: "Skip to the content",
  statuses,
  meanings,
  next,
  reasons,
  problems,
  nav: { label: "Pages", choose: "Which channel?", shop: "Shop", orders: "My orders", board: "All orders", order: "Order", lanes: "Lanes", report: "Report", import: "Import", figures: "Figures", letters: "Dead letters" },
  start: { loading: "Starting…", unloaded: "This part of the page cannot be loaded.", broken: "The page's configuration cannot be read.", again: "Try again" },
  signIn: {
    title: "Sign in",
    lead: "Order something, and watch how it is doing, live.",
    demo: "Demo users of the local cloud",
    as: (name: string) => `Sign in as ${name}`,
    form: "With a name and a password",
    user: "Name",
    password: "Password",
    newPassword: "New password",
    newPasswordLead: "Choose a password of your own to go on.",
    go: "Sign in",
    save: "Save and sign in",
    busy: "Signing in…",
    refused: "Name or password is not right.",
    offline: "The sign-in service cannot be reached. Try again.",
    unsupported: "This account asks for a step that this page does not know.",
    out: "Sign out",
    who: (name: string) => `Signed in as ${name}`,
  },
  connection: {
    label: "Connection",
    ...connection,
    cut: "Network cut, as you asked.",
    offline: "You are offline. Trying again as soon as the network is back.",
    retry: (seconds: number) => `Connection lost. ${seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now…"}`,
    now: "Try now",
    mend: "Mend the network",
  },
  shop: {
    title: "Shop",
    lead: "Choose something, pay with a test card, and watch the order.",
    items: "Items",
    currency: "Currency",
    each: (price: string) => `${price} each`,
    quantity: (name: string) => `Quantity of ${name}`,
    less: (name: string) => `One less of ${name}`,
    more: (name: string) => `One more of ${name}`,
    card: "Test card",
    cards: [
      { token: "tok_approve", name: "Approved", hint: "The order runs to its end." },
      { token: "tok_decline", name: "Declined", hint: "The payment provider says no." },
      { token: "tok_timeout", name: "No answer", hint: "The payment provider does not answer in time." },
    ],
    total: "Total",
    submit: "Place order",
    busy: "Placing order…",
    none: "Choose at least one item.",
    most: (most: number) => `At most ${most} of one item.`,
    tooMany: (most: number) => `An order takes at most ${most} of one item: nothing was ordered.`,
    unsure: "It is not known whether the order was placed. Send it again as it is: it is never placed twice.",
    fresh: "Start a new order",
    sent: "This form was sent already. Sending it again shows the same order and places no other.",
  },
  orders: {
    title: "My orders",
    lead: "Live: each change appears as it happens.",
    empty: "You have no orders yet.",
    toShop: "Go to the shop",
    loading: "Reading your orders…",
    failed: "Your orders cannot be read.",
    again: "Try again",
    waiting: (n: number) => `Show ${plural(n, "new order", "new orders")}`,
    count: (all: number, open: number) => `${plural(all, "order", "orders")}, ${open} under way`,
    items: (n: number) => plural(n, "item", "items"),
    columns: { order: "Order", status: "Status", total: "Total", placed: "Placed" },
    number: (id: string) => `No. ${id.slice(0, 8)}`,
    customer: (id: string) => `customer ${id.slice(0, 8)}`,
    noMatch: "No order is like that.",
    clear: "Show all",
  },
  filter: {
    status: "Status",
    groups: { ALL: "All", OPEN: "Under way", UNDELIVERED: "Ended without delivery" },
    one: "In one status",
    number: "Order number",
    example: "3f2b8c1e…",
  },
  board: {
    title: "All orders",
    lead: "Everyone's orders, live. Approve those that wait, and redrive those that are stuck.",
    newest: (all: number, open: number) => `The newest ${plural(all, "order", "orders")}, ${open} under way`,
    waiting: (n: number) => plural(n, "order awaits approval", "orders await approval"),
    empty: "There are no orders yet.",
    failed: "The orders cannot be read.",
    older: "Show older orders",
    reading: "Reading older orders…",
    partial: "Part of a number finds an order that was read already; the whole number finds any.",
  },
  redrive: {
    label: (id: string) => `Redrive the workflow of order ${id.slice(0, 8)}`,
    go: "Redrive",
    busy: "Redriving…",
    done: "The workflow goes on.",
  },
  toasts: {
    label: "Orders that changed",
    order: (id: string) => `Order ${id.slice(0, 8)}`,
    dismiss: (id: string) => `Dismiss the news of order ${id.slice(0, 8)}`,
    others: (n: number) => `${plural(n, "more order", "more orders")} changed`,
  },
  order: {
    status: "State",
    title: (id: string) => `Order ${id.slice(0, 8)}`,
    loading: "Reading the order…",
    missing: "There is no such order, or it is not yours.",
    missingHint: "Check the address, or look at your orders.",
    failed: "The order cannot be read.",
    timeline: "What happened",
    pending: "Not yet",
    never: "Did not happen",
    after: (seconds: string) => `after ${seconds}`,
    items: "Items",
    columns: { item: "Item", quantity: "Quantity", price: "Price", sum: "Sum" },
    number: "Number",
    placed: "Placed",
    cancel: "Cancel order",
    cancelling: "Cancelling…",
    late: "This order can no longer be cancelled.",
    sure: "Cancel this order?",
    yes: "Yes, cancel it",
    no: "Keep it",
    decide: (id: string) => `Decide on order ${id.slice(0, 8)}`,
    approve: "Approve",
    reject: "Reject",
    deciding: "Deciding…",
    back: "My orders",
    backToAll: "All orders",
    customer: "Customer",
  },
  trace: {
    title: "Workflow",
    label: "The workflow's states. The arrow keys go from one to the next.",
    loading: "Reading the workflow…",
    failed: "The workflow cannot be read.",
    notStarted: "It has not been started yet.",
    choose: "Choose a state to read what it does.",
    table: "All steps as a table",
    statusesOnly: {
      DURABLE: "The execution's history is gone: shown are the states that changed the order.",
      EXPRESS: "An Express execution keeps no history: shown are the states that changed the order.",
      STANDARD: "The execution's history is gone: shown are the states that changed the order.",
    },
    summary: ({ workflow, outcome, startedAt, endedAt, redrives, error }: Trace): string =>
      [
        `${workflow === null ? "" : workflowNames[workflow]} execution${outcome === null ? "" : `: ${outcomes[outcome]}`}`,
        startedAt === null || endedAt === null ? "" : `after ${formatMs(Date.parse(endedAt) - Date.parse(startedAt))}`,
        redrives > 0 ? `redriven ${plural(redrives, "time", "times")}` : "",
        error === null ? "" : `by ${error}`,
      ]
        .filter((part) => part !== "")
        .join(", ") + ".",
    outcomes: stepOutcomes,
    retries,
    /** What is written on a state, and then what its looks tell. */
    describe: ({ name, type }: Node, visit: Visit | undefined, detail: string): string =>
      visit
        ? `${[name, detail, ...(visit.retries > 0 ? [retries(visit.retries)] : [])].join(" ")}, ${type}, ${stepOutcomes[visit.outcome]}`
        : `${name} ${detail}, not entered`,
    caught: (errors: readonly string[], target: string) => `${errors.join(", ")} leads to ${target}.`,
    place: (name: string, index: number | null) => (index === null ? name : `${name} ${index}`),
    columns: { state: "State", within: "Inside", entered: "Entered", took: "Took", retries: "Retries", outcome: "Outcome", error: "Error" },
  },
  waterfall: {
    title: "All work for this order, as a waterfall",
    off: "The order was not traced.",
    gone: "Nothing is kept of its trace.",
    summary: (id: string, count: number, took: string): string => `Trace ${id}: ${plural(count, "span", "spans")}, ${took}.`,
    running: "in progress",
    failed: "failed",
    columns: { work: "Work", at: "At", took: "Took", time: "Time", detail: "Detail" },
  },
  letters: {
    title: "Dead letters",
    lead: "Messages that could not be handled, however often they were tried. Mend the cause first, then put them back: doing it twice does no harm.",
    loading: "Looking into the queues…",
    failed: "The dead letters cannot be reached.",
    again: "Look again",
    count: (n: number) => (n === 0 ? "Empty" : plural(n, "letter", "letters")),
    oldest: (age: string) => `the oldest ${age} old`,
    moving: (moved: number, total: number) => `SQS moves them: ${moved} of ${total}.`,
    show: "Show",
    hide: "Hide",
    none: "Nothing lies here any more.",
    sent: "Sent",
    tries: (n: number | null) => (n === null ? "" : plural(n, "try", "tries")),
    unknown: "Unknown.",
    stays: (problem: string) => `It cannot go back: ${problem}.`,
    order: (id: string) => `Order ${id.slice(0, 8)}`,
    putBack: "Put back…",
    putBackOrder: (id: string) => `Put back what concerns order ${id.slice(0, 8)}…`,
    sure: (n: number) => (n === 0 ? "Nothing would go back." : `${plural(n, "letter", "letters")} would go back.`),
    yes: "Put back",
    no: "Leave",
    busy: "Putting back…",
    done: (n: number) => (n === 1 ? "1 letter went back." : `${n} letters went back.`),
    stay: (n: number, reason: string) => `${plural(n, "letter stays", "letters stay")}: ${reason}.`,
    more: "There are more: put back again.",
    begun: "SQS moves them back now.",
    broken: (reason: string) => `The last move failed: ${reason}.`,
  },
  report: {
    title: "Report",
    lead: "The last comparison: the same orders over every channel.",
    loading: "Reading the report…",
    none: "There is no comparison yet.",
    noneHint: "Make one, then look again:",
    command: "bin/orderwire compare --orders 100",
    failed: "The report cannot be read.",
    again: "Look again",
    save: "Save this report as a file",
    numbers: "Save the numbers (JSON)",
  },
  announce: {
    changed: (id: string, status: Status) => `Order ${id.slice(0, 8)}: ${statuses[status]}.`,
    many: (n: number) => `${n} changes of your orders.`,
  },
  footer: "Orderwire shows an order's state as it changes. Test cards only: nothing is charged.",
} as const;
