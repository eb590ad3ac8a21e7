/** Shapes that several parts of the PostgreSQL kinds share. */
import type { Static } from "typebox";
import { persistentVolumeClaimSpec } from "../kubernetes/claims.ts";
import { resourceRequirements } from "../kubernetes/compute.ts";
import { envFromSource, envVar } from "../kubernetes/environment.ts";
import { securityContext } from "../kubernetes/security.ts";
import { field, int32, list, object, oneOf, required, string, stringMap } from "../schema/builders.ts";

/** One of the four slots that pgBackRest has for repositories. */
export const repoName = () => string({ pattern: "^repo[1-4]$" });

/** Five-field cron expression. */
export const cron = () => string({ minLength: 6 });

export const imagePullPolicy = () => oneOf(["Always", "Never", "IfNotPresent"]);

/** A port that an unprivileged process may listen on. */
export const port = (options: { default?: number } = {}) => int32({ minimum: 1024, ...options });

export const env = list(envVar);
export const envFrom = list(envFromSource);

export const containerOptions = object({
  env: field(env, "Environment variables of the container."),
  envFrom: field(envFrom, "Secrets and ConfigMaps whose keys become environment variables of the container."),
});
export interface ContainerOptions extends Static<typeof containerOptions> {}

export const initContainer = object({
  containerSecurityContext: field(securityContext, "Security context of the init container."),
  image: required(string(), "Image of the init container."),
  resources: field(resourceRequirements, "Requests and limits of the init container."),
});
export interface InitContainer extends Static<typeof initContainer> {}

export const sidecarPvc = object({
  name: required(string(), "Name of the claim; a volume of a sidecar refers to it by this name."),
  spec: required(persistentVolumeClaimSpec, "The claim. It is kept when the cluster is scaled or deleted."),
});
export interface SidecarPvc extends Static<typeof sidecarPvc> {}

export const serviceExpose = object({
  annotations: field(stringMap(), "Annotations of the Service, for example for the load balancer of a cloud."),
  labels: field(stringMap(), "Labels of the Service."),
  loadBalancerClass: field(string(), "Which load balancer implementation serves the Service (type LoadBalancer)."),
  loadBalancerSourceRanges: field(list(string()), "Address ranges that may reach the load balancer, in CIDR form."),
  nodePort: field(int32(), "Port on every node (types NodePort and LoadBalancer). Chosen by Kubernetes when left out."),
  type: field(
    oneOf(["ClusterIP", "NodePort", "LoadBalancer"], { default: "ClusterIP" }),
    "How far the Service can be reached: inside the cluster, on the nodes, or through a load balancer.",
  ),
});
export interface ServiceExpose extends Static<typeof serviceExpose> {}

/** A key of a named Secret or ConfigMap. */
export const keyReference = object({
  key: required(string(), "The key."),
  name: required(string(), "Name of the object, in the namespace of the cluster."),
});
