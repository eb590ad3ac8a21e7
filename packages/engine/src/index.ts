/** What the engines share. Pure where it can be: time, randomness and the API come in as arguments. */
export { finalizerPatch, hasFinalizer, isBeingDeleted } from "./finalizers/finalizers.ts";
export { boundedName, MAX_LABEL_LENGTH, shortHash } from "./names/bounded-name.ts";
export { type RandomBytes, randomSuffix, randomText } from "./names/suffix.ts";
export { applyAll, execute, type Ports, type Subject } from "./plan/execute.ts";
export type { EngineAction, KubeAction, Plan } from "./plan/plan.ts";
export { canonicalQuantities } from "./quantity/canonical-quantities.ts";
export {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  thousandths,
  wholeUnits,
} from "./quantity/quantity.ts";
export { type DueRun, dueRun, type Schedule, scheduleProblem } from "./schedule/schedule.ts";
export { type Credentials, resolveCredentials } from "./secrets/credentials.ts";
export { secretData, secretTexts } from "./secrets/data.ts";
export { generatePassword, PASSWORD_ALPHABETS, PASSWORD_LENGTH, type PasswordType } from "./secrets/passwords.ts";
export { isScramVerifier, SCRAM_ITERATIONS, scramVerifier, verifiesPassword } from "./secrets/scram.ts";
export {
  type ConditionContext,
  findCondition,
  isConditionTrue,
  removeConditions,
  setCondition,
  setConditions,
  timestamp,
  type WantedCondition,
} from "./status/conditions.ts";
export { isSameJson } from "./status/equal.ts";
export { bundle, type CertificateFacts, certificateFacts, type KeyPair, readKeyPair } from "./tls/certificate.ts";
export { issueAuthority } from "./tls/issue.ts";
export { type IssuedCertificates, issueCertificates } from "./tls/issue-certificates.ts";
export type { AuthorityStep } from "./tls/plan-authority.ts";
export { type CertificatePlan, isSettled, type LeafReason, planCertificates } from "./tls/plan-certificates.ts";
export {
  type AuthorityState,
  authorityFromTexts,
  authorityTexts,
  type CertificateState,
  trustBundle,
} from "./tls/state.ts";
export type { WantedAuthority, WantedCertificates, WantedLeaf } from "./tls/wanted.ts";
export { type AutoGrow, autoGrow, type VolumeUse } from "./volumes/auto-grow.ts";
export {
  type ClaimContext,
  type ClaimPlan,
  type ClaimProblem,
  isResizing,
  planClaim,
  storageRequest,
} from "./volumes/plan-claim.ts";
