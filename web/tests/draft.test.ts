import { describe, expect, it } from "vitest";
import { edit, emptyDraft, loadDraft, saveDraft, setQuantity } from "../src/draft";

const blank = emptyDraft("EUR", "tok_approve", "first");

describe("the order form", () => {
  it("keeps its token while it is the same form, and over a reload", () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
    const sent = { ...setQuantity(blank, "TEA", 2), sent: true };
    saveDraft(sent, storage, "ada");
    expect(loadDraft(storage, "ada")).toEqual(sent);
    expect(loadDraft(storage, "grace")).toBeNull();
  });

  it("is another order once it is changed after it was sent, and not before", () => {
    expect(edit(blank, { card: "tok_decline" }, () => "second").token).toBe("first");
    const changed = edit({ ...blank, sent: true }, { card: "tok_decline" }, () => "second");
    expect([changed.token, changed.sent]).toEqual(["second", false]);
  });

  it("takes whole quantities alone, and keeps one that is too large as it is", () => {
    expect(setQuantity(blank, "TEA", 1200).quantities).toEqual({ TEA: 1200 });
    expect(setQuantity(blank, "TEA", 2.9).quantities).toEqual({ TEA: 2 });
    expect(setQuantity(setQuantity(blank, "TEA", 2), "TEA", NaN).quantities).toEqual({});
  });

  it("begins anew when what was kept cannot be read", () => {
    expect(loadDraft({ getItem: () => "{" })).toBeNull();
    expect(loadDraft({ getItem: () => '{"token": 1}' })).toBeNull();
  });
});
