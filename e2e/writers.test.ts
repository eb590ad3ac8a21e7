import assert from "node:assert/strict";
import { test } from "node:test";
import { type Acknowledged, secondWriters } from "./writers.ts";

const commit = (instance: string, timeline: string, sentMs: number, acknowledgedMs = sentMs + 5): Acknowledged => ({
  instance,
  timeline,
  sentMs,
  acknowledgedMs,
});

test("one writer after the other, also one that leads again, and an answer that was under way meanwhile", () => {
  const story = [commit("a", "1", 0), commit("a", "1", 90, 120), commit("b", "2", 100), commit("a", "3", 200)];
  assert.deepEqual(secondWriters(story), []);
});

test("two writers: on one timeline, and on a left one beside the next", () => {
  assert.deepEqual(secondWriters([commit("a", "1", 0), commit("b", "1", 10)]), ["a and b on timeline 1"]);
  const left = [commit("a", "1", 120), commit("b", "2", 100), commit("a", "1", 140)];
  assert.deepEqual(secondWriters(left), ["a on timeline 1 after b on 2"]);
});
