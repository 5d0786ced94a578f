/** What went wrong, in the API's own terms; `strings.ts` has the words for each. */

export type Problem =
  | "offline"
  | "try-again"
  | "invalid"
  | "conflict"
  | "not-found"
  | "not-cancellable"
  | "not-decidable"
  | "not-redrivable"
  | "too-late"
  | "staff-only"
  | "off"
  | "not-signed-in"
  | "fault";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly problem: Problem,
    message: string,
  ) {
    super(message);
  }

  /** Whether the server may or may not have done it: sending the same again is right, and safe. */
  get uncertain(): boolean {
    return this.problem === "offline" || this.problem === "try-again" || this.problem === "fault";
  }
}

const BY_TYPE: Readonly<Record<string, Problem>> = {
  InvalidOrder: "invalid",
  InvalidRequest: "invalid",
  IdempotencyConflict: "conflict",
  OrderNotFound: "not-found",
  OrderNotCancellable: "not-cancellable",
  OrderNotDecidable: "not-decidable",
  StaffOnly: "staff-only",
  AnalyticsOff: "off",
  StaffBoardOff: "off",
  ImportsOff: "off",
  ImportNotFound: "not-found",
  ImportNotCancellable: "too-late",
  InvalidImport: "invalid",
  DeadLettersNotFound: "not-found",
  TryAgain: "try-again",
  UnauthorizedException: "not-signed-in",
  Unauthorized: "not-signed-in",
};

/** Read whatever Amplify throws: GraphQL's errors, or one that hides what the network did. */
export function fromGraphQL(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const errors = typeof thrown === "object" && thrown !== null && "errors" in thrown ? thrown.errors : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof first !== "object" || first === null) {
    const signedOut = thrown instanceof Error && /auth|user/i.test(thrown.name);
    return new ApiError(signedOut ? "not-signed-in" : "offline", String(thrown));
  }
  const type = "errorType" in first && typeof first.errorType === "string" ? first.errorType : "";
  const message = "message" in first && typeof first.message === "string" ? first.message : "";
  const name = "name" in first && typeof first.name === "string" ? first.name : "";
  const problem = BY_TYPE[type];
  if (problem) return new ApiError(problem, message);
  if (/Unauthorized|No current user|not authenticated|NotAuthorized/i.test(`${name} ${message}`)) {
    return new ApiError("not-signed-in", message);
  }
  // Without a type it was not AppSync that answered.
  return new ApiError(type === "" && /network|fetch|abort|unknown/i.test(`${name} ${message}`) ? "offline" : "fault", message);
}
