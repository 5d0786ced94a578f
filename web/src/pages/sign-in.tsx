import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { type SignInOutcome, choosePassword, enter } from "../api/session";
import type { Config } from "../config";
import { strings } from "../strings";
import { Notice } from "../ui/notice";

const words = strings.signIn;

export function SignIn({ demo }: { demo: Config["demo"] }) {
  const busy = useSignal(false);
  const problem = useSignal("");
  const renewing = useSignal(false);

  const attempt = async (step: () => Promise<SignInOutcome>): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      const outcome = await step();
      renewing.value = outcome === "new-password";
      if (outcome === "unsupported") problem.value = words.unsupported;
    } catch (error) {
      const refused = error instanceof Error && /NotAuthorized|UserNotFound|InvalidPassword|InvalidParameter|Empty/.test(error.name);
      problem.value = refused ? words.refused : words.offline;
    } finally {
      busy.value = false;
    }
  };

  const submit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const fieldValue = (name: string): string => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    void attempt(() => (renewing.value ? choosePassword(fieldValue("new-password")) : enter(fieldValue("user").trim(), fieldValue("password"))));
  };

  return (
    <div class="narrow">
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {problem.value !== "" && <Notice kind="error">{problem}</Notice>}
      {demo && !renewing.value && (
        <section class="card" aria-labelledby="demo-title">
          <h2 id="demo-title">{words.demo}</h2>
          <div class="row">
            {demo.users.map((name) => (
              <button key={name} type="button" disabled={busy} onClick={() => void attempt(() => enter(name, demo.password))}>
                {words.as(name)}
              </button>
            ))}
          </div>
        </section>
      )}
      <section class="card" aria-labelledby="form-title">
        <h2 id="form-title">{words.form}</h2>
        <form onSubmit={submit}>
          {renewing.value ? (
            <>
              <p>{words.newPasswordLead}</p>
              <label>
                {words.newPassword}
                <input name="new-password" type="password" autocomplete="new-password" required />
              </label>
            </>
          ) : (
            <>
              <label>
                {words.user}
                <input name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required />
              </label>
              <label>
                {words.password}
                <input name="password" type="password" autocomplete="current-password" required />
              </label>
            </>
          )}
          <button type="submit" class="primary" disabled={busy}>
            {busy.value ? words.busy : renewing.value ? words.save : words.go}
          </button>
        </form>
      </section>
    </div>
  );
}
