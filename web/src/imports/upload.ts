/** A file's way to S3 by a presigned form: with `XMLHttpRequest`, since `fetch` does not tell how much has been sent. */
import { offline } from "../api/network";
import type { Upload } from "./model";

export type UploadProblem = "offline" | "changed" | "expired" | "refused" | "aborted";

export class UploadFailed extends Error {
  override readonly name = "UploadFailed";

  constructor(readonly problem: UploadProblem) {
    super(problem);
  }
}

export interface Sending {
  /** Resolves when S3 has the file; rejects with `UploadFailed`. */
  readonly done: Promise<void>;
  readonly abort: () => void;
}

/** The form, whose fields come before the file: S3 ignores what follows it. */
export function formOf({ fields }: Pick<Upload, "fields">, file: Blob): FormData {
  const form = new FormData();
  for (const { name, value } of fields) form.append(name, value);
  form.append("file", file);
  return form;
}

/** What S3's answer means. Its document may quote the form, which is a credential: no more than its code is read. */
export function problemOf(status: number, body: string): UploadProblem {
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? "";
  // The form is for a file of exactly the announced size.
  if (code === "EntityTooLarge" || code === "EntityTooSmall") return "changed";
  if (/expired/i.test(body) && status === 403) return "expired";
  return "refused";
}

/** Send a file; `sent` is called with the share that is on its way, 0 to 1. */
export function send(upload: Upload, file: Blob, sent: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const abort = (): void => request.abort();
  const done = new Promise<void>((resolve, reject) => {
    const fail = (problem: UploadProblem): void => reject(new UploadFailed(problem));
    if (offline()) {
      fail("offline");
      return;
    }
    request.open("POST", upload.url);
    request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) sent(loaded / total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else fail(problemOf(request.status, request.responseText));
    });
    request.addEventListener("error", () => {
      // A browser does not say why. A file that was changed since it was chosen cannot be read any more.
      file.slice(0, 1).arrayBuffer().then(
        () => fail("offline"),
        () => fail("changed"),
      );
    });
    request.addEventListener("abort", () => fail("aborted"));
    // When the visitor cuts the network, what is under way breaks.
    addEventListener("offline", abort);
    request.addEventListener("loadend", () => removeEventListener("offline", abort));
    request.send(formOf(upload, file));
  });
  return { done, abort };
}
