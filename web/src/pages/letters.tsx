/** Dead letters, for staff: what could not be handled, and how it goes back. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { formatDay } from "../format";
import { type Letter, type Outcome, type Place, ageOf, isMoving, redriveAll } from "../letters/model";
import { orderHref } from "../router";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import "../letters/letters.css";

const words = strings.letters;
/** How often SQS is asked how far it is. */
const EVERY = 1_000;

const problemOf = (error: unknown): Problem => (error instanceof ApiError ? error.problem : "fault");

export default function Letters({ api }: { api: AppSync }) {
  const places = useSignal<readonly Place[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const load = async (): Promise<void> => {
    try {
      places.value = await api.deadLetters();
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  useEffect(() => void load(), []);
  const moving = places.value?.some(isMoving) ?? false;
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => void load(), EVERY);
    return () => clearInterval(timer);
  }, [moving]);
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {problem.value ? (
        <Notice kind="error" action={words.again} onAction={() => void load()}>
          <p>{words.failed}</p>
          <p>{strings.problems[problem.value]}</p>
        </Notice>
      ) : places.value ? (
        <>
          <p>
            <button type="button" onClick={() => void load()}>
              {words.again}
            </button>
          </p>
          {[...places.value].sort((a, b) => Number(b.depth > 0) - Number(a.depth > 0)).map((place) => (
            <PlaceCard key={place.name} place={place} api={api} reload={load} />
          ))}
        </>
      ) : (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="card skeleton tall" aria-hidden="true" />
        </div>
      )}
    </>
  );
}

interface CardProps {
  readonly place: Place;
  readonly api: AppSync;
  readonly reload: () => Promise<void>;
}

/** What would go back: all, or what concerns one order. */
interface Question {
  readonly only: string | null;
  readonly matched: number;
}

function PlaceCard({ place, api, reload }: CardProps) {
  const letters = useSignal<readonly Letter[] | null>(null);
  const question = useSignal<Question | null>(null);
  const outcome = useSignal<Outcome | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await work();
    } catch (error) {
      problem.value = problemOf(error);
    }
    busy.value = false;
  };
  const show = (): Promise<void> =>
    attempt(async () => {
      letters.value = await api.deadLetterMessages(place.name);
    });
  const ask = (only: string | null): Promise<void> =>
    attempt(async () => {
      outcome.value = null;
      question.value = { only, matched: (await api.redrive(place.name, only, true)).matched };
    });
  const putBack = (only: string | null): Promise<void> =>
    attempt(async () => {
      question.value = null;
      outcome.value = await redriveAll(() => api.redrive(place.name, only, false));
      if (letters.value !== null) letters.value = await api.deadLetterMessages(place.name);
      await reload();
    });

  const moving = isMoving(place);
  const title = `letters-${place.name}`;
  return (
    <section class="card dead-letters" aria-labelledby={title} data-place={place.name} data-depth={place.depth}>
      <h2 id={title}>{place.name}</h2>
      <p>{place.purpose}</p>
      <p class="faint">
        {words.count(place.depth)}
        {place.oldestAt === null ? "" : `, ${words.oldest(ageOf(place.oldestAt, Date.now()))}`}
      </p>
      {moving && place.move && <p role="status">{words.moving(place.move.moved, place.move.total)}</p>}
      {place.move?.failure && <p>{words.broken(place.move.failure)}</p>}
      {place.depth > 0 && !moving && (
        <div class="row">
          <button
            type="button"
            aria-expanded={letters.value !== null}
            disabled={busy.value}
            onClick={() => void (letters.value === null ? show() : (letters.value = null))}
          >
            {letters.value === null ? words.show : words.hide}
          </button>
          <button type="button" disabled={busy.value} onClick={() => void ask(null)}>
            {words.putBack}
          </button>
        </div>
      )}
      {letters.value !== null && <LetterList letters={letters.value} busy={busy} ask={ask} />}
      <Confirmation question={question} busy={busy} putBack={putBack} />
      <OutcomeText outcome={outcome.value} problem={problem.value} busy={busy.value} />
    </section>
  );
}

interface ListProps {
  readonly letters: readonly Letter[];
  readonly busy: Signal<boolean>;
  readonly ask: (only: string) => Promise<void>;
}

function LetterList({ letters, busy, ask }: ListProps) {
  if (letters.length === 0) return <p>{words.none}</p>;
  return (
    <ul class="letter-list">
      {letters.map((letter) => (
        <li key={letter.id} data-letter={letter.id}>
          <p>
            <strong>{letter.what}</strong>
            <span class="faint">
              {" "}
              {words.sent} <time dateTime={letter.sentAt}>{formatDay(letter.sentAt)}</time> {words.tries(letter.attempts)}
            </span>
          </p>
          <p>{letter.cause ?? words.unknown}</p>
          {letter.problem !== null && <p>{words.stays(letter.problem)}</p>}
          {letter.orderIds.map((id) => (
            <div key={id} class="row">
              <a href={orderHref(id)}>{words.order(id)}</a>
              {letter.problem === null && (
                <button type="button" class="quiet" disabled={busy.value} aria-label={words.putBackOrder(id)} onClick={() => void ask(id)}>
                  {words.putBack}
                </button>
              )}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}

interface AskedProps {
  readonly question: Signal<Question | null>;
  readonly busy: Signal<boolean>;
  readonly putBack: (only: string | null) => Promise<void>;
}

function Confirmation({ question, busy, putBack }: AskedProps) {
  const request = question.value;
  if (request === null) return null;
  return (
    <div class="sure" role="group" aria-label={words.putBack}>
      <p role="status">{words.sure(request.matched)}</p>
      <div class="row">
        {request.matched > 0 && (
          <button type="button" class="primary" disabled={busy.value} onClick={() => void putBack(request.only)}>
            {words.yes}
          </button>
        )}
        <button type="button" class="quiet" onClick={() => (question.value = null)}>
          {words.no}
        </button>
      </div>
    </div>
  );
}

function OutcomeText({ outcome, problem, busy }: { outcome: Outcome | null; problem: Problem | null; busy: boolean }) {
  if (problem !== null) {
    return (
      <Notice kind="error">
        <p>{words.failed}</p>
        <p>{strings.problems[problem]}</p>
      </Notice>
    );
  }
  const reasons = outcome === null ? [] : [...new Set(outcome.failures.values())];
  return (
    <div role="status">
      {busy && <p class="faint">{words.busy}</p>}
      {outcome !== null && (
        <>
          <p>{outcome.moving ? words.begun : words.done(outcome.redriven)}</p>
          {reasons.map((reason) => (
            <p key={reason}>{words.stay([...outcome.failures.values()].filter((other) => other === reason).length, reason)}</p>
          ))}
          {outcome.more && <p>{words.more}</p>}
        </>
      )}
    </div>
  );
}
