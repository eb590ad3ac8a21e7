/** Definition -> reference page in Markdown. */
import { type StructuralSchema, structuralSchema } from "../crd/structural.ts";
import type { ResourceDefinition } from "../definition.ts";
import { type FieldRow, fieldRows } from "./rows.ts";

/** One page: what the kind is, its columns, every field of spec and status. */
export function referencePage(definition: ResourceDefinition): string {
  const { kind, shortNames } = definition;
  const names = shortNames.length === 0 ? "" : `, short: ${shortNames.map((name) => `\`${name}\``).join(", ")}`;
  return [
    `# ${kind.kind}\n`,
    `${definition.description}\n`,
    `API: \`${kind.apiVersion}\`, resource: \`${kind.plural}\`${names}\n`,
    ...columns(definition),
    "Fields in **bold** must be given. Types with a capital letter are Kubernetes' own: see `kubectl explain pod.spec`.\n",
    "## spec\n",
    ...section(structuralSchema(definition.spec, { titles: true }), "spec"),
    "## status\n",
    ...section(structuralSchema(definition.status, { titles: true }), "status"),
  ].join("\n");
}

/** The page that leads to the others. */
export function referenceIndex(definitions: readonly ResourceDefinition[]): string {
  const rows = definitions.map(
    ({ kind, description }) =>
      `| [${kind.kind}](${kind.kind.toLowerCase()}.md) | \`${kind.apiVersion}\` | ${description} |`,
  );
  return ["# Reference\n", "| kind | API | what it is |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function columns({ kind, printerColumns }: ResourceDefinition): string[] {
  if (printerColumns.length === 0) return [];
  const rows = printerColumns.map(({ name, jsonPath }) => `| ${name} | \`${jsonPath}\` |`);
  return [`\`kubectl get ${kind.plural}\` shows:\n`, "| column | field |", "| --- | --- |", ...rows, ""];
}

function section(schema: StructuralSchema, path: string): string[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  return [
    ...(rules.length === 0
      ? []
      : ["Rules:\n", ...rules.map(({ message, rule }) => `- ${message ?? `\`${rule}\``}`), ""]),
    "| field | type | what it means |",
    "| --- | --- | --- |",
    ...fieldRows(schema, path).map(row),
    "",
  ];
}

function row({ path, required, type, facts, description }: FieldRow): string {
  const name = required ? `**\`${path}\`**` : `\`${path}\``;
  return `| ${name} | ${type} | ${cell([description, ...facts].filter((text) => text !== "").join(" "))} |`;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
