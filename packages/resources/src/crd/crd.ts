/** Definition -> CustomResourceDefinition. */
import type { PrinterColumn, ResourceDefinition } from "../definition.ts";
import { type StructuralSchema, structuralSchema } from "./structural.ts";

/** As much of a CRD as ours have. */
export interface CustomResourceDefinition {
  apiVersion: "apiextensions.k8s.io/v1";
  kind: "CustomResourceDefinition";
  metadata: { name: string; labels: Record<string, string> };
  spec: {
    group: string;
    names: { kind: string; listKind: string; plural: string; singular: string; shortNames?: string[] };
    scope: "Namespaced" | "Cluster";
    versions: {
      name: string;
      served: true;
      storage: true;
      additionalPrinterColumns?: PrinterColumn[];
      schema: { openAPIV3Schema: StructuralSchema };
      subresources: { status: Record<string, never> };
    }[];
  };
}

const API_VERSION = "API group and version of this object.";
const KIND = "Kind of this object.";
const SPEC = "What is wanted.";
const STATUS = "What is so, written by the operator.";

/** The CRD of a kind: one version, served and stored, with a status of its own. */
export function customResourceDefinition(definition: ResourceDefinition): CustomResourceDefinition {
  const { kind, shortNames, printerColumns } = definition;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}`, labels: { ...definition.labels } },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
        singular: kind.kind.toLowerCase(),
      },
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          ...(printerColumns.length === 0 ? {} : { additionalPrinterColumns: [...printerColumns] }),
          schema: { openAPIV3Schema: objectSchema(definition) },
          subresources: { status: {} },
        },
      ],
    },
  };
}

function objectSchema({ description, spec, status }: ResourceDefinition): StructuralSchema {
  return {
    description,
    type: "object",
    properties: {
      apiVersion: { description: API_VERSION, type: "string" },
      kind: { description: KIND, type: "string" },
      metadata: { type: "object" },
      spec: { description: SPEC, ...structuralSchema(spec) },
      status: { description: STATUS, ...structuralSchema(status) },
    },
    required: ["metadata", "spec"],
  };
}
