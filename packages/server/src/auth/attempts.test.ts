import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressKey } from "./address-key.ts";
import { Attempts } from "./attempts.ts";

describe("attempts", () => {
  const setUp = () => {
    let now = 0;
    const attempts = new Attempts(() => now);
    return { attempts, pass: (ms: number) => (now += ms) };
  };

  it("lets a few of one address through, then one per some seconds, and forgives after a success", () => {
    const { attempts, pass } = setUp();
    let tried = 0;
    while (attempts.waitMs("192.0.2.1", `user-${tried}`) === 0 && tried < 100)
      attempts.begin("192.0.2.1", `user-${tried++}`);
    assert.equal(tried, 8);
    assert.equal(attempts.waitMs("192.0.2.2", "admin"), 0);
    pass(attempts.waitMs("192.0.2.1", "admin"));
    const last = attempts.begin("192.0.2.1", "admin");
    assert.ok(attempts.waitMs("192.0.2.1", "admin") > 0);
    last.succeed();
    assert.equal(attempts.waitMs("192.0.2.1", "admin"), 0);
  });

  it("takes all loopback addresses for one", () => {
    const { attempts } = setUp();
    for (let i = 1; i <= 8; i++) attempts.begin(`127.0.${i}.1`, `user-${i}`);
    for (const address of ["127.9.9.9", "::1", "::ffff:127.0.0.1"])
      assert.ok(attempts.waitMs(address, "admin") > 0, address);
  });

  it("makes an account wait longer and longer when many addresses try it, and bounds that", () => {
    const { attempts, pass } = setUp();
    const waits: number[] = [];
    for (let i = 0; i < 30; i++) {
      const waitMs = attempts.waitMs(`192.0.2.${i}`, "admin");
      waits.push(waitMs / 1000);
      pass(waitMs);
      assert.equal(attempts.waitMs(`192.0.2.${i}`, "admin"), 0);
      attempts.begin(`192.0.2.${i}`, "admin");
    }
    assert.deepEqual(waits.slice(0, 20), [...Array(12).fill(0), 1, 2, 4, 8, 16, 32, 60, 60]);
    assert.equal(attempts.waitMs("192.0.2.99", "somebody"), 0);
    pass(15 * 60_000);
    attempts.begin("192.0.2.99", "admin");
    assert.equal(attempts.waitMs("192.0.2.100", "admin"), 0);
  });
});

describe("addressKey", () => {
  it("is one for the addresses that one caller can choose from", () => {
    const cases = [
      ["127.0.0.1", "loopback"],
      ["127.255.3.4", "loopback"],
      ["::ffff:127.0.0.2", "loopback"],
      ["::1", "loopback"],
      ["192.0.2.7", "192.0.2.7"],
      ["::ffff:192.0.2.7", "192.0.2.7"],
      ["2001:db8:0:7:aaaa::1", "2001:db8:0:7::/64"],
      ["2001:DB8::7:1:2:3:4", "2001:db8:0:7::/64"],
      ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ] as const;
    for (const [address, key] of cases) assert.equal(addressKey(address), key, address);
  });
});
