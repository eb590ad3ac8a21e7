/** Who may connect, and how connections are protected. */
import type { Static } from "typebox";
import { keyProjection } from "../kubernetes/selectors.ts";
import { atomicList, field, intOrString, list, map, object, oneOf, required, string } from "../schema/builders.ts";

const rule = object({
  connection: required(string(), "Kind of connection: local, host, hostssl, hostnossl, hostgssenc or hostnogssenc."),
  databases: field(list(string()), "Databases that the rule is for; all when empty."),
  hba: field(string(), "A line of pg_hba.conf, taken as it is. The other fields are ignored then."),
  method: required(string(), "Authentication method. password is written as scram-sha-256."),
  options: field(map(intOrString()), "Options of the method."),
  users: field(list(string()), "Users that the rule is for; all when empty."),
});
export interface AuthenticationRule extends Static<typeof rule> {}

export const authentication = object({
  rules: field(
    atomicList(rule),
    "Rules in the order of pg_hba.conf, after those that the operator itself needs and before patroni.dynamicConfiguration.",
  ),
});
export interface Authentication extends Static<typeof authentication> {}

export const secrets = object({
  customReplicationTLSSecret: field(keyProjection, "Client certificate of replication: tls.crt, tls.key and ca.crt."),
  customRootCATLSSecret: field(keyProjection, "Authority that signs everything: root.crt and root.key."),
  customTLSSecret: field(keyProjection, "Certificate of the servers: tls.crt, tls.key and ca.crt."),
});
export interface TlsSecrets extends Static<typeof secrets> {}

export const tls = object({
  caValidityDuration: field(string(), "How long the authority's certificate is valid, as a duration such as 8760h."),
  certManagementPolicy: field(
    oneOf(["auto", "userProvidedOnly", "operatorProvidedOnly"], { default: "auto" }),
    "Who makes certificates: the operator (auto, operatorProvidedOnly), or only you (userProvidedOnly): the condition TLSSecretsReady names the Secrets that are missing then. cert-manager is not used in this version.",
  ),
  certValidityDuration: field(
    string(),
    "How long certificates are valid, as a duration such as 2160h or 90d; 365 days when left out.",
  ),
  issuerConf: field(
    object({
      group: field(string(), "API group of the issuer; cert-manager.io when left out."),
      kind: field(string(), "Issuer or ClusterIssuer."),
      name: required(string(), "Name of the issuer."),
    }),
    "The issuer of cert-manager that signs.",
  ),
  pgBackRestCertValidityDuration: field(
    string(),
    "How long certificates of pgBackRest are valid; as certValidityDuration when left out.",
  ),
});
export interface Tls extends Static<typeof tls> {}
