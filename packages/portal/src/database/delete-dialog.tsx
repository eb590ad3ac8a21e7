/** Deleting a database: its name typed, and what becomes of the data said and chosen. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Button, Modal, Radio, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ProblemNote } from "../components/problem.tsx";
import { useDelete } from "./mutations.ts";

type Data = "keep" | "delete";

export function DeleteDialog({
  database,
  onClose,
}: {
  readonly database: DatabaseDetail;
  readonly onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  const [data, setData] = useState<Data>("keep");
  const remove = useDelete(database);
  const { name } = database;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === name) remove.mutate(data, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={`Delete ${name}`}>
      <form className="stack" onSubmit={submit}>
        <p>All {database.instances.wanted} instances and poolers stop, and nobody can connect any more.</p>
        <Radio.Group label="What becomes of the data" value={data} onChange={(value) => setData(value as Data)}>
          <div className="stack" style={{ marginTop: 8 }}>
            <Radio
              value="keep"
              label="Keep the data"
              description="Volumes, backups, passwords and certificates stay, whatever the manifest's finalizers say. A new database of the same name takes them up again."
            />
            <Radio
              value="delete"
              label="Delete everything"
              description="Volumes, backups wherever they are stored, passwords and certificates. This cannot be undone."
            />
          </div>
        </Radio.Group>
        <TextInput
          label={
            <>
              Type <strong>{name}</strong> to confirm
            </>
          }
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        {remove.isError ? <ProblemNote error={remove.error} /> : null}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={typed !== name} loading={remove.isPending}>
            {data === "keep" ? "Delete" : "Delete with all data"}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
