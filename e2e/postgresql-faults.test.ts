/** Faults of processes, pods and the operator under load (F01 to F05, F09, F11, F14, F54), each with the ledger as the oracle. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { Ledger } from "./ledger.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { until } from "./until.ts";
import { Writers } from "./writers.ts";

const name = "faults";

describe("PostgreSQL survives", () => {
  let platform: Platform;
  let space: Namespace;
  let ledger: Ledger;
  let writers: Writers;

  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "default");
    const resources = { limits: { memory: "700Mi", cpu: "1" }, requests: { memory: "100Mi", cpu: "50m" } };
    const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const instances = [{ name: "instance1", replicas: 3, resources, dataVolumeClaimSpec: claim }];
    await platform.kubectl(["apply", "-f", "-"], clusterManifest(name, { spec: { instances } }));
    await space.untilReady(name, 600_000);
    ledger = await Ledger.start(await connectionString(space, name));
    writers = await Writers.start(space, name);
  });
  after(async () => {
    try {
      await ledger?.stop();
      await writers?.stop();
    } finally {
      await platform?.stop();
    }
  });

  /**
   * Injects one fault under load; afterwards the cluster is whole again, no acknowledged row is lost, and no two instances took writes
   * at a time. The gap is told beside its bar, and only one that nobody would call a failover fails: how quick the machine is, is for `bench/postgresql.ts` to say.
   */
  async function fault(t: TestContext, barMs: number, inject: () => Promise<void>): Promise<void> {
    await space.untilReady(name);
    await ledger.acknowledges(50);
    ledger.resetGap();
    await inject();
    await ledger.acknowledges(200);
    await space.untilReady(name);
    await ledger.acknowledges(50);
    const { longestGapMs } = ledger.report();
    t.diagnostic(`longest write gap ${longestGapMs} ms (bar ${barMs} ms)`);
    await ledger.check(() => space.logs(name));
    await membersAreEqual();
    t.diagnostic(`${writers.check()} commits asked of single instances`);
    assert.ok(longestGapMs < Math.max(barMs, 60_000), `no write for ${longestGapMs} ms`);
  }

  /** Oracle O3: every replica streams on the primary's timeline and gets to its position. */
  async function membersAreEqual(): Promise<void> {
    await until("both replicas stream without lag", 60_000, async () => {
      const streaming = await space.psql(
        name,
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND pg_current_wal_lsn() - replay_lsn < 1000000",
      );
      return streaming === "2";
    });
  }

  /** A fault that nobody notices is none. */
  async function interrupting(inject: () => Promise<unknown>): Promise<void> {
    const { interruptions } = ledger.report();
    await inject();
    await ledger.interruptedMoreThan(interruptions);
  }

  /** Without one Patroni elects nobody else. */
  const untilSynchronous = (): Promise<boolean> =>
    until("a synchronous replica", 60_000, async () => {
      return (await space.psql(name, "SHOW synchronous_standby_names")) !== "";
    });

  /** The pod that the leader's lock names; empty when it names none. */
  const lockHolder = (): Promise<string> =>
    platform.kubectl(["get", "endpoints", `${name}-ha`, "-o", "jsonpath={.metadata.annotations.leader}"]);

  const inDatabase = (pod: string, ...command: string[]): Promise<string> =>
    platform.kubectl(["exec", pod, "-c", "database", "--", ...command]);

  const killPostmaster = async (pod: string): Promise<void> => {
    const pid = (await inDatabase(pod, "head", "-n", "1", "/pgdata/pg17/postmaster.pid")).trim();
    await inDatabase(pod, "sh", "-c", `kill -9 ${Number(pid)}`);
  };

  /** Kills whatever runs this file; fails when nothing does. */
  const killProgram = async (pod: string, file: string): Promise<void> => {
    const script =
      'killed=1; for p in /proc/[0-9]*; do case " $(tr "\\0" " " <$p/cmdline 2>/dev/null)" in *" sh -c "*) ;; *"$1 "*) kill -9 "$(basename "$p")" && killed=0;; esac; done; exit $killed';
    await inDatabase(pod, "sh", "-c", script, "sh", file);
  };

  /** Waits in the pod for what a shell command waits for, and stops its Patroni at that moment. */
  const stopPatroniWhen = (pod: string, command: string): Promise<string> =>
    inDatabase(pod, "bash", "-c", `P=$(cat /tmp/keelson/patroni.pid); ${command}; kill -STOP "$P"`);

  const fallAsleep = async (...pods: string[]): Promise<void> => {
    for (const pod of pods) await inDatabase(pod, "touch", "/pgdata/sleep-forever");
  };
  const wakeUp = async (...pods: string[]): Promise<void> => {
    for (const pod of pods)
      await until(`${pod} wakes up`, 60_000, () =>
        inDatabase(pod, "rm", "-f", "/pgdata/sleep-forever").then(() => true),
      );
  };

  /** Gives the cluster this `restore_command`, or its own, and waits until these instances have it. */
  const restoreCommand = async (command: string | null, ...pods: string[]): Promise<void> => {
    await space.patch(name, {
      patroni: { dynamicConfiguration: { postgresql: { parameters: { restore_command: command } } } },
    });
    for (const pod of pods) {
      await until(`${pod} has the command`, 60_000, async () => {
        return (await space.psqlIn(pod, "SHOW restore_command", name)) === command;
      });
    }
  };

  test("F01: SIGKILL of the primary's server process", async (t) => {
    await fault(t, 10_000, () => interrupting(async () => killPostmaster(await space.primary(name))));
  });

  test("F02: the primary's pod deleted without grace", async (t) => {
    await fault(t, 10_000, async () => {
      const primary = await space.primary(name);
      await interrupting(() => platform.kubectl(["delete", "pod", primary, "--grace-period=0", "--force"]));
    });
  });

  test("F03: the primary's pod deleted with its grace", async (t) => {
    await fault(t, 5_000, async () => {
      const primary = await space.primary(name);
      await interrupting(() => platform.kubectl(["delete", "pod", primary, "--wait=false"]));
    });
  });

  test("F04: a replica killed", async (t) => {
    await fault(t, 10_000, async () => {
      const primary = await space.primary(name);
      const replica = (await space.instances(name)).find((pod) => pod !== primary);
      assert.ok(replica !== undefined);
      await platform.kubectl(["delete", "pod", replica, "--grace-period=0", "--force"]);
    });
  });

  test("F05: a query takes all the memory of the primary", async (t) => {
    await fault(t, 10_000, async () => {
      const hungry =
        "SET work_mem = '4GB'; SELECT length(array_agg(md5(g::text))::text) FROM generate_series(1, 30000000) g";
      await interrupting(() => assert.rejects(space.psql(name, hungry)));
      const condition = 'jsonpath={.status.conditions[?(@.type=="OutOfMemory")].message}';
      await until("the cluster says what has happened", 30_000, async () => {
        return (await space.kubectl("get", "pg", name, "-o", condition)).includes("resources.limits.memory");
      });
    });
  });

  const programs = [
    { program: "the agent", file: "/agent/src/main.ts" },
    { program: "Patroni", file: "/agent/src/bin/start-patroni.py" },
  ];
  for (const { program, file } of programs) {
    test(`F09: SIGKILL of ${program} leaves the server alone`, async (t) => {
      const primary = await space.primary(name);
      const started = await space.psql(name, "SELECT pg_postmaster_start_time()");
      await fault(t, 1_000, () => killProgram(primary, file));
      assert.equal(await space.primary(name), primary);
      assert.equal(await space.psql(name, "SELECT pg_postmaster_start_time()"), started);
    });
  }

  test("Patroni alone frozen on the primary: its server ends when another instance leads", async (t) => {
    await fault(t, 60_000, async () => {
      const old = await space.primary(name);
      await untilSynchronous();
      const patroni = Number(await inDatabase(old, "cat", "/tmp/keelson/patroni.pid"));
      await inDatabase(old, "sh", "-c", `kill -STOP ${patroni}`);
      try {
        await until("another instance leads", 90_000, async () => !["", old].includes(await lockHolder()));
        const look = `cut -d " " -f 3 /proc/${patroni}/stat; psql -XAtc "SELECT pg_is_in_recovery()" 2>/dev/null || echo gone`;
        await until("Patroni is stopped still, and the old primary gone", 15_000, async () => {
          assert.equal(await inDatabase(old, "sh", "-c", look), "T\ngone\n");
          return true;
        });
      } finally {
        // Its container may have been restarted meanwhile.
        await inDatabase(old, "sh", "-c", `kill -CONT ${patroni}`).catch(() => {});
      }
    });
  });

  test("F11: all members killed at once", async (t) => {
    await fault(t, 90_000, async () => {
      await platform.kubectl(["delete", "pod", ...(await space.instances(name)), "--grace-period=0", "--force"]);
    });
  });

  test("F14: the members deleted one after another", async (t) => {
    for (const pod of await space.instances(name)) {
      await fault(t, 5_000, async () => {
        await platform.kubectl(["delete", "pod", pod]);
      });
    }
  });

  test("a Failover is an order: an instance that no commit waits for becomes primary", async (t) => {
    const patroni = (settings: object | null): Promise<void> => space.patch(name, { patroni: settings });
    // One replica is synchronous then, and the other is not.
    await patroni({ dynamicConfiguration: { synchronous_mode: true } });
    const synchronous = await until("one synchronous replica", 60_000, async () => {
      const path = "jsonpath={.metadata.annotations.sync_standby}";
      const names = await platform.kubectl(["get", "endpoints", `${name}-ha-sync`, "-o", path]);
      return names !== "" && !names.includes(",") && names;
    });
    const old = await space.primary(name);
    const next = (await space.instances(name)).find((pod) => pod !== old && pod !== synchronous) ?? "";
    await fault(t, 10_000, async () => {
      await patroni({
        switchover: { enabled: true, type: "Failover", targetInstance: next.replace(/-0$/, "") },
      });
      const order = ["annotate", "pg", name, "pgv2.percona.com/trigger-switchover=order"];
      await interrupting(() => platform.kubectl(order));
      await until("its primary", 150_000, async () => (await lockHolder()) === next);
    });
    assert.equal(await space.primary(name), next);
    await patroni({ switchover: null, dynamicConfiguration: { synchronous_mode: null } });
    await until("a quorum of two", 60_000, async () =>
      (await space.psql(name, "SHOW synchronous_standby_names")).startsWith("ANY 1 ("),
    );
  });

  test("a new primary lost in the second after its promotion: the old one, which lacks its commits, does not lead", async (t) => {
    const old = await space.primary(name);
    const others = (await space.instances(name)).filter((pod) => pod !== old);
    const [next = ""] = others;
    await fault(t, 90_000, async () => {
      // Patroni refuses another one.
      await until(`${next} is synchronous`, 60_000, async () =>
        (await space.psql(name, "SHOW synchronous_standby_names")).includes(next),
      );
      // The old primary does not come back as a replica, and Patroni does nothing more once the new one takes writes.
      const ended = stopPatroniWhen(
        old,
        'M=$(head -n 1 /pgdata/pg17/postmaster.pid); while kill -0 "$M" 2>/dev/null; do sleep 0.01; done',
      );
      const promoted = stopPatroniWhen(next, 'until [ "$(psql -XAtc "SELECT pg_is_in_recovery()")" = f ]; do :; done');
      const request = JSON.stringify({ leader: old, candidate: next });
      const certificate = "/etc/patroni/~postgres-operator/patroni.crt-combined";
      const url = "https://localhost:8008/switchover";
      // Not waited for: the Patroni that would answer is stopped, and its container is restarted by the kubelet after a while.
      void inDatabase(old, "curl", "--silent", "--insecure", "--cert", certificate, "--data", request, url).catch(
        () => {},
      );
      await Promise.all([ended, promoted]);
      await ledger.acknowledges(20);
      try {
        await fallAsleep(...others);
        await platform.kubectl(["delete", "pod", old, ...others, "--grace-period=0", "--force"]);
        await until("the old primary's pod runs again", 60_000, async () => {
          const log = await platform.kubectl(["logs", old, "-c", "database"]).catch(() => "");
          return log.includes("accepting connections");
        });
        // Instead of the thirty seconds after which the lock counts as lost.
        await platform.kubectl(["annotate", "endpoints", `${name}-ha`, "leader-"]);
        await until("the old primary has looked whether it may lead, and may not", 90_000, async () => {
          const log = await platform.kubectl(["logs", old, "-c", "database"]).catch(() => "");
          return log.includes("i am not the healthiest node");
        });
        assert.equal((await inDatabase(old, "psql", "-XAtc", "SELECT pg_is_in_recovery()")).trim(), "t");
      } finally {
        await wakeUp(...others);
      }
    });
  });

  test("a power cut, and a replica that is slow to read its own log: it does not vote for one that lacks its commits", async (t) => {
    const old = await space.primary(name);
    const [full = "", lagging = ""] = (await space.instances(name)).filter((pod) => pod !== old);
    const nextSegment = async (): Promise<void> => {
      await ledger.acknowledges(20);
      // More than PostgreSQL reads ahead of what it replays, which is 512 KiB.
      const filler = "SELECT count(pg_logical_emit_message(false, '', repeat('x', 8000))) FROM generate_series(1, 200)";
      await space.psql(name, `${filler}; SELECT pg_switch_wal()`);
    };
    // For each file of its log an instance waits for an answer of the archive.
    await restoreCommand("sleep 5; false", full, lagging);
    await fault(t, 180_000, async () => {
      // Replicas that have written no page since the last restart point take connections long before the end of their log.
      await space.psql(name, "CHECKPOINT");
      const position = await space.psql(name, "SELECT pg_current_wal_lsn()");
      for (const pod of [full, lagging]) {
        await until(`${pod} has replayed the checkpoint`, 30_000, async () => {
          return (await space.psqlIn(pod, `SELECT pg_last_wal_replay_lsn() >= '${position}'`, name)) === "t";
        });
        await space.psqlIn(pod, "CHECKPOINT; SELECT pg_wal_replay_pause()", name);
      }
      const operator = await platform.part("operator");
      try {
        process.kill(operator.pid ?? 0, "SIGSTOP");
        await nextSegment();
        await space.psqlIn(lagging, "COPY (SELECT pid FROM pg_stat_wal_receiver) TO PROGRAM 'xargs kill -STOP'", name);
        for (let segment = 0; segment < 2; segment++) await nextSegment();
        await ledger.acknowledges(20);
        await fallAsleep(old, full);
        await platform.kubectl(["delete", "pod", old, full, lagging, "--grace-period=0", "--force"]);
        await platform.kubectl(["annotate", "endpoints", `${name}-ha`, "leader-"]);
        await until(`${lagging} takes connections`, 60_000, async () => {
          return (await space.psqlIn(lagging, "SELECT pg_is_in_recovery()", name)) === "t";
        });
        await wakeUp(full);
        const leader = await until("a new primary", 120_000, async () => {
          const leader = await lockHolder();
          return leader !== "" && leader;
        });
        assert.equal(leader, full);
      } finally {
        // The next test has an operator and all instances, whatever became of this one.
        process.kill(operator.pid ?? 0, "SIGCONT");
        await wakeUp(old, full);
        await restoreCommand(null);
      }
    });
  });

  const misleading = [
    { knows: "of the new timeline: it does not read that", histories: "true", rewound: false },
    {
      knows: "nothing of the new timeline yet: it is rewound",
      histories: "case $f in *.history) false;; esac",
      rewound: true,
    },
  ];
  for (const { knows, histories, rewound } of misleading) {
    test(`a lost primary archived what it had alone, and a replica that is behind knows ${knows}`, async (t) => {
      const old = await space.primary(name);
      const [next = "", behind = ""] = (await space.instances(name)).filter((pod) => pod !== old);
      const own = await space.psqlIn(next, "SHOW restore_command", name);
      const held = `f=%f; while test -e /pgdata/held; do sleep 0.1; done; test ! -e /pgdata/no-archive && { ${histories}; } && { ${own}; }`;
      await restoreCommand(held, next, behind);
      /** The replica receives no more, and waits for what it asks the archive for. */
      const hold = async (pod: string): Promise<void> => {
        await inDatabase(pod, "touch", "/pgdata/held");
        await space.psqlIn(pod, "COPY (SELECT pid FROM pg_stat_wal_receiver) TO PROGRAM 'xargs kill'", name);
      };
      const release = (pod: string): Promise<string> => inDatabase(pod, "rm", "-f", "/pgdata/held");
      let log = async (): Promise<string> => "";
      try {
        await fault(t, 90_000, async () => {
          await untilSynchronous();
          await hold(behind);
          await ledger.acknowledges(20);
          await hold(next);
          // What the ledger's client writes now is acknowledged by nobody.
          const segment = await space.psql(name, "SELECT pg_walfile_name(pg_logical_emit_message(false, '', 'alone'))");
          await space.psql(name, "SELECT pg_switch_wal()");
          const mark = `/pgdata/pg17/pg_wal/archive_status/${segment}.done`;
          await until(`${segment} archived`, 60_000, () => inDatabase(old, "test", "-e", mark).then(() => true));
          await fallAsleep(old);
          await platform.kubectl(["delete", "pod", old, "--grace-period=0", "--force"]);
          const since = new Date().toISOString();
          log = () => platform.kubectl(["logs", behind, "-c", "database", `--since-time=${since}`]);
          await inDatabase(next, "touch", "/pgdata/no-archive");
          await release(next);
          await until("Patroni has looked whether the replica has diverged, and it has not", 90_000, async () => {
            return (await lockHolder()) === next && (await log()).includes("primary_timeline=");
          });
          await release(behind);
          await until("the replica streams", 60_000, async () => {
            return (await space.psql(name, "SELECT state FROM pg_stat_replication")) === "streaming";
          });
          await wakeUp(old);
        });
        assert.equal((await log()).includes("before current recovery point"), rewound);
        assert.equal((await log()).includes("running pg_rewind from"), rewound);
      } finally {
        await restoreCommand(null);
        await release(next);
        await release(behind);
        await inDatabase(next, "rm", "-f", "/pgdata/no-archive");
        await wakeUp(old);
      }
    });
  }

  test("F54: the primary dies while the operator is down", async (t) => {
    await fault(t, 10_000, async () => {
      const before = await platform.part("operator");
      process.kill(before.pid ?? 0, "SIGSTOP");
      const primary = await space.primary(name);
      await interrupting(() => platform.kubectl(["delete", "pod", primary, "--grace-period=0", "--force"]));
      await ledger.acknowledges(50);
      process.kill(before.pid ?? 0, "SIGKILL");
    });
  });
});
