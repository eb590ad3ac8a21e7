/** Copies a text and says so. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { useState } from "react";
import { useAnnouncer } from "./announcer.tsx";
import { CheckIcon, CopyIcon } from "./icons.tsx";

/** `label` names what is copied: "Copy password". `text` may be a function, for what is only made when it is asked for. */
export function CopyButton({
  text,
  label,
}: {
  readonly text: string | (() => Promise<string>);
  readonly label: string;
}) {
  const [copied, setCopied] = useState(false);
  const { announce, confirm } = useAnnouncer();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setCopied(true);
      announce(`${label.replace(/^Copy /, "")} copied`);
      setTimeout(() => setCopied(false), 1_800);
    } catch {
      confirm("The browser does not let this page copy: select the text and copy it by hand.");
    }
  };
  return (
    <Tooltip label={copied ? "Copied" : label}>
      <ActionIcon variant="subtle" color="gray" size="md" aria-label={label} onClick={() => void copy()}>
        {copied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    </Tooltip>
  );
}
