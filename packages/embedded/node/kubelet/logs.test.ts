import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type LogOptions, logSize, parseLogLine, readLog } from "./logs.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-logs-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "0.log");
const plain: LogOptions = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  limitBytes: undefined,
  since: undefined,
  stream: undefined,
};
const lines = [
  "2026-01-02T03:00:00Z stdout F one",
  "2026-01-02T03:01:00Z stderr F two",
  "2026-01-02T03:02:00Z stdout P thr",
  "2026-01-02T03:02:00Z stdout F ee  with spaces",
];
writeFileSync(file, `${lines.join("\n")}\n`);

async function read(options: Partial<LogOptions>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(file, { ...plain, ...options }, () => true, new AbortController().signal))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("the log's text, as kubectl logs can ask for it", async () => {
  assert.equal(await read({}), "one\ntwo\nthree  with spaces\n");
  assert.equal(await read({ stream: "stderr" }), "two\n");
  assert.equal(await read({ tailLines: 2 }), "three  with spaces\n");
  assert.equal(await read({ tailLines: 0 }), "");
  assert.equal(await read({ since: Date.parse("2026-01-02T03:01:00Z") }), "two\nthree  with spaces\n");
  assert.equal(await read({ limitBytes: 5 }), "one\nt");
  assert.equal(
    await read({ timestamps: true, stream: "stdout" }),
    "2026-01-02T03:00:00Z one\n2026-01-02T03:02:00Z three  with spaces\n",
  );
});

test("follow goes on over rotation, and ends with the container", async () => {
  const followed = join(folder, "1.log");
  writeFileSync(followed, `${lines[0]}\n`);
  let over = false;
  const seen: string[] = [];
  const rotate = (): void => {
    renameSync(followed, `${followed}.rotated`);
    // Until it is told of the new file, conmon goes on in the old one.
    appendFileSync(`${followed}.rotated`, "2026-01-02T03:05:30Z stdout F last\n");
    setTimeout(() => writeFileSync(followed, "2026-01-02T03:06:00Z stdout F after\n"), 50);
  };
  const reading = (async () => {
    for await (const chunk of readLog(followed, { ...plain, follow: true }, () => over, new AbortController().signal)) {
      seen.push(chunk.toString());
      if (seen.length === 1) appendFileSync(followed, `${lines[1]}\n2026-01-02T03:05:00Z stdout F half`);
      if (seen.length === 2) appendFileSync(followed, " a line\n");
      if (seen.length === 3) setTimeout(rotate, 50);
      if (seen.length === 5) over = true;
    }
  })();
  await reading;
  assert.deepEqual(seen, ["one\n", "two\n", "half a line\n", "last\n", "after\n"]);
});

test("what is written between two moments is read, however late the reading begins", async () => {
  const late = join(folder, "2.log");
  assert.equal(await logSize(late), 0);
  writeFileSync(late, `${lines[0]}\n`);
  const fromByte = await logSize(late);
  appendFileSync(late, `${lines[1]}\n`);
  const seen: string[] = [];
  const options = { ...plain, follow: true, fromByte };
  for await (const chunk of readLog(late, options, () => true, new AbortController().signal)) seen.push(String(chunk));
  assert.deepEqual(seen, ["two\n"]);
});

test("a line that is none is left out", () => {
  assert.equal(parseLogLine("rubbish"), undefined);
  assert.deepEqual(parseLogLine("t stdout F "), { time: "t", stream: "stdout", full: true, text: "" });
});
