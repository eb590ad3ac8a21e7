/** What the engines share. Pure where it can be: time, randomness and the API come in as arguments. */

// Forms that everybody writes alike are kube's; engines find them here as well.
export {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  thousandths,
  timestamp,
} from "@keelson/kube";
export { finalizerPatch, hasFinalizer } from "./finalizers/finalizers.ts";
export { applyAll, execute, type Ports, type Subject } from "./plan/execute.ts";
export type { EngineAction, KubeAction, Plan } from "./plan/plan.ts";
export { canonicalQuantities } from "./quantity/canonical-quantities.ts";
export { dueRun, type Schedule, scheduleProblem } from "./schedule/schedule.ts";
export { resolveCredentials } from "./secrets/credentials.ts";
export { secretData, secretTexts } from "./secrets/data.ts";
export { generatePassword } from "./secrets/passwords.ts";
export type { RandomBytes } from "./secrets/random-text.ts";
export { isScramVerifier, scramVerifier } from "./secrets/scram.ts";
export {
  findCondition,
  removeConditions,
  setCondition,
  setConditions,
  type WantedCondition,
} from "./status/conditions.ts";
export { isSameJson } from "./status/equal.ts";
export { bundle, type CertificateFacts, certificateFacts, type KeyPair, readKeyPair } from "./tls/certificate.ts";
export { issueAuthority } from "./tls/issue.ts";
export { type IssuedCertificates, issueCertificates } from "./tls/issue-certificates.ts";
export { isSettled, planCertificates } from "./tls/plan-certificates.ts";
export { type Authority, authorityFromTexts, authorityTexts, type CertificateState, trustBundle } from "./tls/state.ts";
export type { WantedCertificates, WantedLeaf } from "./tls/wanted.ts";
export { planClaim, storageRequest } from "./volumes/plan-claim.ts";
