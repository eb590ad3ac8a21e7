/** Choosing the next primary. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Button, Modal, Radio } from "@mantine/core";
import { useState } from "react";
import { bytesText } from "../components/bytes.ts";
import { ProblemNote } from "../components/problem.tsx";
import { useSwitchover } from "./mutations.ts";

const best = "";

export function SwitchoverDialog({
  database,
  onClose,
}: {
  readonly database: DatabaseDetail;
  readonly onClose: () => void;
}) {
  const [target, setTarget] = useState(best);
  const switchover = useSwitchover(database);
  const primary = database.topology.instances.find((instance) => instance.role === "primary");
  const replicas = database.topology.instances.filter((instance) => instance.role === "replica");
  const submit = () => switchover.mutate(target === best ? undefined : target, { onSuccess: onClose });
  return (
    <Modal opened onClose={onClose} title={`Switch over ${database.name}`}>
      <div className="stack">
        <p>
          The primary {primary === undefined ? "" : <strong>{primary.name}</strong>} hands over to a replica. Open
          connections break once and writes pause for about a second; nothing is lost.
        </p>
        <Radio.Group label="Next primary" value={target} onChange={setTarget}>
          <div className="stack" style={{ marginTop: 8 }}>
            <Radio value={best} label="The best replica" description="The one that is furthest ahead." />
            {replicas.map((replica) => (
              <Radio
                key={replica.name}
                value={replica.name}
                disabled={!replica.ready}
                label={replica.name}
                description={
                  replica.ready
                    ? `on ${replica.node ?? "?"}, ${replica.lagBytes === undefined ? "lag not known" : replica.lagBytes === 0 ? "no lag" : `${bytesText(replica.lagBytes)} behind`}`
                    : "not ready"
                }
              />
            ))}
          </div>
        </Radio.Group>
        {switchover.isError ? <ProblemNote error={switchover.error} /> : null}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={submit} loading={switchover.isPending}>
            Switch over
          </Button>
        </div>
      </div>
    </Modal>
  );
}
