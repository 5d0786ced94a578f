/** Who is signed in. Amplify keeps the tokens and renews them; nothing here puts them into an address. */
import { signal } from "@preact/signals";
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from "aws-amplify/auth";
import { ConsoleLogger } from "aws-amplify/utils";
import type { Config } from "../config";

export interface User {
  readonly name: string;
  readonly id: string;
  /** Whether the buttons for staff are shown; the API asks the token itself. */
  readonly staff: boolean;
}

/** Undefined until it is known. */
export const user = signal<User | null | undefined>(undefined);

export function configure(config: Config): void {
  // It warns of every Cognito that is not AWS's, as the local one is.
  ConsoleLogger.LOG_LEVEL = "ERROR";
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: config.userPoolId,
        userPoolClientId: config.userPoolClientId,
        ...(config.cognito === null ? {} : { userPoolEndpoint: config.cognito }),
      },
    },
    API: { GraphQL: { endpoint: config.graphql, region: config.region, defaultAuthMode: "userPool" } },
  });
}

export async function restore(): Promise<void> {
  try {
    const { username, userId } = await getCurrentUser();
    if (user.peek()?.id === userId) return;
    const groups = (await fetchAuthSession()).tokens?.idToken?.payload["cognito:groups"];
    user.value = { name: username, id: userId, staff: Array.isArray(groups) && groups.includes("staff") };
  } catch {
    user.value = null;
  }
}

/** Another tab signed in or out: the tokens are shared, and so is who is here. */
addEventListener("storage", ({ key }) => {
  if (user.peek() !== undefined && (key === null || key.endsWith(".LastAuthUser"))) void restore();
});

export type SignInOutcome = "done" | "new-password" | "unsupported";

async function proceed(step: string): Promise<SignInOutcome> {
  if (step === "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED") return "new-password";
  if (step !== "DONE") return "unsupported";
  await restore();
  return "done";
}

export async function enter(username: string, password: string): Promise<SignInOutcome> {
  try {
    const { nextStep } = await signIn({ username, password });
    return await proceed(nextStep.signInStep);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "UserAlreadyAuthenticatedException") throw error;
    return proceed("DONE"); // in another tab meanwhile
  }
}

export async function choosePassword(password: string): Promise<SignInOutcome> {
  const { nextStep } = await confirmSignIn({ challengeResponse: password });
  return proceed(nextStep.signInStep);
}

export async function leave(): Promise<void> {
  await signOut();
  user.value = null;
}

/** The id token, for the companion's endpoints. Renewed when its time is up, or when `fresh`. */
export async function idToken(fresh = false): Promise<string> {
  const { tokens } = await fetchAuthSession({ forceRefresh: fresh });
  if (!tokens?.idToken) throw new Error("Not signed in.");
  return tokens.idToken.toString();
}

/** The access token, for AppSync's and IoT's endpoints. Renewed when its time is up, or when `fresh`. */
export async function accessToken(fresh = false): Promise<string> {
  const { tokens } = await fetchAuthSession({ forceRefresh: fresh });
  if (!tokens) throw new Error("Not signed in.");
  return tokens.accessToken.toString();
}

/** So many milliseconds before a token's time is up, what depends on it reconnects. */
export const RENEW_BEFORE = 60_000;

/** Milliseconds until the access token's time is up; renewed first when little is left. */
export async function tokenLasts(): Promise<number> {
  const remaining = async (fresh: boolean): Promise<number> => {
    const { tokens } = await fetchAuthSession({ forceRefresh: fresh });
    return (tokens?.accessToken.payload.exp ?? 0) * 1000 - Date.now();
  };
  const now = await remaining(false);
  return now > 120_000 ? now : remaining(true);
}
