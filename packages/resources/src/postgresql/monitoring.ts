/** Metrics by PMM and collection of logs. */
import type { Static } from "typebox";
import { resourceRequirements } from "../kubernetes/compute.ts";
import { volumeMount } from "../kubernetes/container.ts";
import { probe } from "../kubernetes/probes.ts";
import { securityContext } from "../kubernetes/security.ts";
import { localObjectReference } from "../kubernetes/selectors.ts";
import { volume } from "../kubernetes/volumes.ts";
import { boolean, field, list, object, oneOf, required, string } from "../schema/builders.ts";
import { env, envFrom, imagePullPolicy } from "./shared.ts";

export const pmm = object({
  containerSecurityContext: field(securityContext, "Security context of the PMM client."),
  customClusterName: field(string(), "Name of the cluster in PMM."),
  enabled: required(boolean(), "Whether the PMM client runs beside each instance."),
  image: required(string(), "Image of the PMM client, version 3."),
  imagePullPolicy: field(imagePullPolicy(), "When the image is pulled."),
  postgresParams: field(string(), "Further arguments of pmm-admin add postgresql."),
  querySource: required(
    oneOf(["pgstatmonitor", "pgstatstatements"], { default: "pgstatstatements" }),
    "Extension that query analytics reads.",
  ),
  resources: field(resourceRequirements, "Requests and limits of the PMM client."),
  runtimeClassName: field(string(), "Accepted; a container has no runtime class of its own."),
  secret: required(string(), "Secret with the key PMM_SERVER_TOKEN."),
  serverHost: required(string(), "Address of the PMM server."),
});
export interface Pmm extends Static<typeof pmm> {}

const logRotate = object({
  configuration: field(string(), "Replaces the configuration of logrotate."),
  extraConfig: field(localObjectReference, "ConfigMap with further files for logrotate."),
  livenessProbe: field(probe, "Whether log rotation is alive."),
  readinessProbe: field(probe, "Whether log rotation is ready."),
  schedule: field(string({ default: "0 0 * * *" }), "When logs are rotated, as a five-field cron expression."),
});

export const logCollector = object({
  configuration: field(string(), "Configuration that is added to fluent-bit's."),
  containerSecurityContext: field(securityContext, "Security context of the log collector."),
  enabled: field(boolean(), "Whether logs are collected."),
  env: field(env, "Environment variables of the log collector."),
  envFrom: field(envFrom, "Secrets and ConfigMaps that become environment variables of the log collector."),
  image: required(string(), "Image of fluent-bit."),
  imagePullPolicy: field(imagePullPolicy(), "When the image is pulled."),
  livenessProbe: field(probe, "Whether the log collector is alive."),
  logRotate: field(logRotate, "How log files are rotated."),
  readinessProbe: field(probe, "Whether the log collector is ready."),
  resources: field(resourceRequirements, "Requests and limits of the log collector."),
  volumeMounts: field(list(volumeMount), "Further mounts of the log collector."),
  volumes: field(list(volume), "Volumes for those mounts."),
});
export interface LogCollector extends Static<typeof logCollector> {}
